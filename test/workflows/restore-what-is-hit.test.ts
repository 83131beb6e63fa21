import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { calledWorkflows, type Answer } from '../support/called-workflow';
import { createEngine } from '../support/engine-harness';
import { freePort } from '../support/free-port';
import { createDatabase } from '../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../support/postgres-server';
import { type RunningRedis, startRedis } from '../support/redis-server';
import { settingsWith } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'restore-what-is-hit': shipped } = shippedWorkflows() as Record<
	'restore-what-is-hit',
	ShippedWorkflow
>;
const BACKEND = 'drRestoreBackend';
const POSTGRES = 'drRestorePostgres';
const REDIS = 'drRestoreRedis';
const QUEUE = 'drFlushRentGuyQueue';
const CHOSEN = { postgres: 'mrdj-20261123014500', redis: 'redis-20261123014500' };

let directory: string;
let postgres: RunningPostgres;
let redis: RunningRedis;
let nobody: number;

beforeAll(async () => {
	nobody = await freePort();
	postgres = await startPostgres();
	redis = await startRedis();
	await createDatabase(postgres, 'mrdj', 'create table bookings as select 1 as id');
	await createDatabase(postgres, 'emptied', 'select 1');
}, 120_000);

afterAll(async () => {
	await postgres?.stop();
	await redis?.stop();
});

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'dr-restore-hit-'));
	await keys(1);
});
afterEach(async () => await rm(directory, { recursive: true, force: true }));

async function keys(count: 0 | 1): Promise<void> {
	const admin = redis.admin();
	await admin.flushall();
	if (count > 0) await admin.set('one', 'key');
	admin.disconnect();
}

interface Case {
	asked: IDataObject;
	answers?: Record<string, Answer>;
	/** Of the credential "Postgres server". */
	database?: string;
	/** Whether nothing answers at the address of the Redis server. */
	redisIsGone?: boolean;
}

async function restore({ asked, answers = {}, database = 'mrdj', redisIsGone }: Case) {
	const called = calledWorkflows({
		[BACKEND]: () => ({ outcome: 'done' }),
		[POSTGRES]: (input) => ({ outcome: 'done', backupId: input['backup'], ageMinutes: 20 }),
		[REDIS]: (input) => ({ outcome: 'done', backupId: input['backup'], ageMinutes: 20 }),
		[QUEUE]: () => ({ outcome: 'done' }),
		...answers,
	});
	const { host, port, user, password } = postgres;
	const engine = await createEngine({
		library: { ...called.library, drSettings: settingsWith({}) },
		credentials: {
			'Backup repository': { storage: 'directory', directory, encryption: 'none' },
			'Postgres server': { host, port, database, user, password, tls: 'disable' },
			'Redis server': {
				...{ host: redis.host, port: redisIsGone ? nobody : redis.port },
				...{ user: '', password: redis.password, tls: 'disable' },
			},
		},
		outside: called.outside(),
	});
	const workflow = withoutRetries(shipped);
	for (const { parameters, name } of workflow.nodes) {
		if (name === 'Look at the databases') parameters['options'] = { retries: 0 };
	}
	const { error, last } = await engine.run(workflow, {
		startAt: 'Called by another workflow',
		items: [{ json: { incident: 'incident-1', kind: 'incident', ...asked } }],
	});
	return {
		...{ error: error?.message, ids: called.ids(), calls: called.calls },
		result: last[0]?.[0]?.json ?? {},
	};
}

const data = { type: 'data', ...CHOSEN };
const infrastructure = { type: 'infrastructure', ...CHOSEN };

test('corrupted data: the chosen points, Postgres first; the next run has nothing left', async () => {
	const { ids, calls, result } = await restore({ asked: data });
	expect(ids).toEqual([POSTGRES, REDIS]);
	expect(calls).toMatchObject([
		{ asked: { incident: 'incident-1', kind: 'incident', backup: CHOSEN.postgres } },
		{ asked: { backup: CHOSEN.redis } },
	]);
	expect(result).toMatchObject({
		...{ outcome: 'done', restoredAt: expect.any(String) as unknown },
		says: `Teruggezet: Postgres (${CHOSEN.postgres}), Redis (${CHOSEN.redis}).`,
	});
	const next = await restore({ asked: data });
	expect(next.ids).toEqual([]);
	expect(next.result).toMatchObject({ outcome: 'already' });
	expect(Date.parse(String(next.result['restoredAt']))).toBeLessThanOrEqual(
		Date.parse(String(result['restoredAt'])),
	);
	const again = await restore({ asked: { ...data, again: true } });
	expect(again.ids).toEqual([POSTGRES, REDIS]);
});

test('what was not chosen is left alone', async () => {
	const { ids } = await restore({ asked: { ...data, redis: '' } });
	expect(ids).toEqual([POSTGRES]);
	const { result } = await restore({ asked: { ...data, postgres: '', redis: '' } });
	expect(result).toMatchObject({ says: expect.any(String) as unknown });
});

test('a part that fails stops those behind it; the next run goes on behind what is done', async () => {
	const failing: Answer = () => {
		throw new Error('No space left. Met de hand: npx …');
	};
	const first = await restore({ asked: data, answers: { [REDIS]: failing } });
	expect(first.ids).toEqual([POSTGRES, REDIS]);
	expect(first.error).toBe('Restore Redis is niet hersteld: No space left. Met de hand: npx …');
	const next = await restore({ asked: data });
	expect(next.ids).toEqual([REDIS]);
	const stopped = await restore({
		...{ asked: { ...infrastructure, incident: 'incident-2' }, answers: { [BACKEND]: failing } },
	});
	expect(stopped.ids).toEqual([BACKEND]);
});

test.each<[what: string, lost: Partial<Case> & { emptied?: boolean }, then: string[]]>([
	['nothing is lost', {}, []],
	['the database is gone', { database: 'dropped' }, [POSTGRES]],
	['the database has no table', { database: 'emptied' }, [POSTGRES]],
	['Redis has no key', { emptied: true }, [REDIS]],
	['Redis is out of reach', { redisIsGone: true }, [REDIS]],
	['both are lost', { database: 'dropped', emptied: true }, [POSTGRES, REDIS]],
])('infrastructure down: the backend, and where %s, that alone', async (_what, lost, then) => {
	const { emptied, ...servers } = lost;
	if (emptied) await keys(0);
	const { ids, error } = await restore({ asked: infrastructure, ...servers });
	expect(error).toBeUndefined();
	expect(ids).toEqual([BACKEND, ...then]);
});

test('a database that is lost, without a restore point for it', async () => {
	const { ids, error } = await restore({
		...{ asked: { ...infrastructure, postgres: '' }, database: 'dropped' },
	});
	expect(ids).toEqual([BACKEND]);
	expect(error).toMatch(/geen geverifieerde back-up van Postgres gekozen/);
});

test('a failing integration: the queue alone', async () => {
	const { ids } = await restore({ asked: { type: 'integration' } });
	expect(ids).toEqual([QUEUE]);
});
