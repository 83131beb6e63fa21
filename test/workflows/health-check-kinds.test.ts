import type { ICredentialDataDecryptedObject, INode, INodeParameters } from 'n8n-workflow';

import { createEngine, type WorkflowFile } from '../support/engine-harness';
import { type Platform, startPlatform } from '../support/platform';
import { type RunningPostgres, startPostgres } from '../support/postgres-server';
import { type RunningRedis, startRedis } from '../support/redis-server';
import { plantBackup } from '../support/repository/plant-backup';
import { useTemporaryDirectory } from '../support/repository/temporary-directory';

const NAMES: Readonly<Record<string, string>> = {
	drPostgresServerApi: 'Postgres server',
	drRedisServerApi: 'Redis server',
	drRentGuyDashboardApi: 'RentGuy dashboard',
	drBackupRepositoryApi: 'Backup repository',
};

const directory = useTemporaryDirectory();
let postgres: RunningPostgres;
let redis: RunningRedis;
let platform: Platform;

beforeAll(async () => {
	[postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
	platform = await startPlatform({ redis });
});

afterAll(async () => {
	await platform?.stop();
	await Promise.all([redis?.stop(), postgres?.stop()]);
});

function credentials(): Record<string, ICredentialDataDecryptedObject> {
	const { host, port, user, password } = postgres;
	return {
		'Postgres server': { host, port, user, password, database: 'postgres', tls: 'disable' },
		'Redis server': { ...{ host, port: redis.port, password: redis.password }, tls: 'disable' },
		'RentGuy dashboard': {
			...{ baseUrl: platform.baseUrl, user: platform.user, password: platform.password },
			tls: 'verify-full',
		},
		'Backup repository': {
			...{ storage: 'directory', directory: directory.path },
			...{ encryption: 'passphrase', passphrase: 'a passphrase of the test' },
		},
	};
}

function workflowOf(check: INodeParameters[], types = Object.keys(NAMES)): WorkflowFile {
	const base = { typeVersion: 1, position: [0, 0] as [number, number], parameters: {} };
	const node: INode = {
		...{ ...base, id: 'Check', name: 'Check' },
		type: 'n8n-nodes-disaster-recovery.healthCheck',
		parameters: { operation: 'checkOnce', checks: { check }, options: { retries: 0 } },
		credentials: Object.fromEntries(
			types.map((type) => [type, { id: null, name: NAMES[type] ?? '' }]),
		),
	};
	const start = { ...base, id: 'Start', name: 'Start', type: 'n8n-nodes-base.manualTrigger' };
	return {
		...{ id: 'kinds', name: 'Check everything', settings: { executionOrder: 'v1' } },
		nodes: [start, node],
		connections: { Start: { main: [[{ node: 'Check', type: 'main', index: 0 }]] } },
	};
}

const ALL: INodeParameters[] = [
	{ kind: 'postgres' },
	{ kind: 'redis' },
	{ kind: 'rentGuyQueue' },
	{ kind: 'backupAge', component: 'redis' },
];

test('rows of every kind need no more than their credentials, and show none of them', async () => {
	plantBackup(directory.path, { component: 'redis', at: new Date(), levels: ['readable'] });
	const engine = await createEngine({ credentials: credentials() });
	const { error, output } = await engine.run(workflowOf(ALL));
	expect(error?.message).toBeUndefined();
	const [[item] = [], unhealthy] = output('Check');
	expect(unhealthy).toEqual([]);
	expect(item?.json).toMatchObject({
		status: 'pass',
		description: '4 checks: 4 pass, 0 warn, 0 fail',
	});
	const text = JSON.stringify(item);
	for (const secret of [postgres, redis, platform]) expect(text).not.toContain(secret.password);
	expect(text).not.toContain('a passphrase');
	expect(text).toContain(`postgres://127.0.0.1:${postgres.port}/postgres`);
});

test.each([
	['postgres', 'Postgres Server'],
	['redis', 'Redis Server'],
	['rentGuyQueue', 'RentGuy Dashboard'],
	['backupAge', 'Backup Repository'],
])('a row of the kind %s says that it has no credential', async (kind, credential) => {
	const engine = await createEngine();
	const rows = [{ kind: 'n8n', baseUrl: 'http://127.0.0.1:1' }, { kind }];
	const { error } = await engine.run(workflowOf(rows, []));
	expect(error?.message).toMatch(
		/^The check "number 2" of the kind .* has no credential\. Nothing was checked\.$/,
	);
	expect(error).toMatchObject({
		description: `Choose one for ${credential} at the top of the node.`,
	});
	const named = await engine.run(workflowOf([{ kind, name: 'Mine' }], []));
	expect(named.error?.message).toMatch(/^The check "Mine" /);
});

test('what is written into a row is looked at before anything is checked', async () => {
	const engine = await createEngine({ credentials: credentials() });
	const rows = [{ kind: 'backupAge', component: '../etc', backupName: 'No Name', rpoMinutes: 0 }];
	const { error } = await engine.run(workflowOf(rows));
	expect(error?.message).toBe(
		'A check is incomplete: component, backupName, rpoMinutes. Nothing was checked.',
	);
});
