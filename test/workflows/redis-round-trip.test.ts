import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Redis } from 'ioredis';

import { createEngine, type Engine, type WorkflowFile } from '../support/engine-harness';
import { eventually } from '../support/eventually';
import { startRedis, type RunningRedis } from '../support/redis-server';
import { contentOf, fillWithEverything } from '../support/redis/content';
import { documentedRights } from '../support/redis/documented-rights';
import { settingsWith } from '../support/settings-with';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const PROOF = 'Prove that it can be read';

/** A site with nothing to look at but the data. */
const library = {
	drSettings: settingsWith({
		...{ 'hosts.migrateCommand': '', 'restore.schemaQuery': '', 'site.healthUrl': '' },
	}),
};

let redis: RunningRedis;
let admin: Redis;
let repository: string;
let engine: Engine;
let identity: string;
let recipient: string;

beforeAll(async () => {
	redis = await startRedis();
	admin = redis.admin();
	identity = await generateX25519Identity();
	recipient = await identityToRecipient(identity);
});

beforeEach(async () => {
	// One for each test: two backups of the same name and second cannot be in one repository.
	repository = await mkdtemp(join(tmpdir(), 'dr-redis-trip-'));
	engine = await createEngine({ credentials: credentials(), library });
	await admin.flushall();
	await admin.function('FLUSH');
	await fillWithEverything(admin);
});

afterEach(async () => {
	await rm(repository, { recursive: true, force: true });
});

afterAll(async () => {
	admin?.disconnect();
	await redis?.stop();
});

const credentials = (login: object = {}) => ({
	'Redis server': {
		...{ host: redis.host, port: redis.port, user: '', password: redis.password },
		...{ tls: 'disable', ...login },
	},
	'Backup repository': {
		...{ storage: 'directory', directory: repository },
		...{ encryption: 'keyPair', recipients: recipient, identities: identity },
	},
});

function shipped(name: string): WorkflowFile {
	const workflow = shippedWorkflows()[name];
	if (!workflow) throw new Error(`The workflow "${name}" is not shipped.`);
	return workflow;
}

/** A copy of a shipped workflow with other parameters in one of its nodes. */
function changed(name: string, node: string, parameters: object): WorkflowFile {
	const workflow = structuredClone(shipped(name));
	const found = workflow.nodes.find((one) => one.name === node)!;
	found.parameters = { ...found.parameters, ...parameters };
	return workflow;
}

/** Runs a workflow that has to succeed; the only item of one of its nodes. */
async function succeed(workflow: WorkflowFile, node: string): Promise<Record<string, unknown>> {
	const { error, output } = await engine.run(workflow);
	expect(error?.message).toBeUndefined();
	const [[item]] = output(node) as [[{ json: Record<string, unknown> }]];
	return item.json;
}

const restoring = (parameters: object) =>
	changed('restore-redis', 'Restore into the server', parameters);

const files = async () => (await readdir(repository, { recursive: true })).sort();

describe('the shipped workflows', () => {
	it('back up, lose and restore a server, and the way back leads to what was lost', async () => {
		const before = await contentOf(admin);

		const backup = await succeed(shipped('back-up-redis'), 'Summarise the run');
		expect(backup).toMatchObject({
			...{ verified: 'readable', consistency: 'point-in-time', checksum: 'verified' },
			...{ keys: expect.any(Number) as unknown, warnings: [] },
		});
		expect(JSON.stringify(backup)).not.toContain(redis.password);

		await admin.flushall();
		await admin.set('written since', 'the disaster');
		const wrecked = await contentOf(admin);

		const restored = await succeed(shipped('restore-redis'), 'Summarise the restore');
		expect(restored).toMatchObject({
			...{ backupId: backup.backupId, method: 'replication', countsCompared: true },
			...{ safetySnapshot: expect.stringMatching(/^before-restore\./) as unknown },
		});
		expect(await contentOf(admin)).toEqual(before);
		expect(await admin.info('replication')).toContain('role:master');

		// The backup of the wrecked server is no candidate for "the newest".
		const again = await succeed(restoring({ safetySnapshot: false }), 'Summarise the restore');
		expect(again.backupId).toBe(backup.backupId);

		const id = restored.safetySnapshot;
		const undone = await succeed(
			restoring({
				backup: { __rl: true, mode: 'id', value: id },
				safetySnapshot: false,
			}),
			'Restore into the server',
		);
		expect(undone).not.toHaveProperty('safetySnapshot');
		expect(await contentOf(admin)).toEqual(wrecked);
	}, 60_000);

	it('load a backup into a server of its own, where one is on the machine', async () => {
		const proof = await succeed(changed('back-up-redis', PROOF, { level: 'restored' }), PROOF);
		expect(proof).toMatchObject({
			...{ level: 'restored', passed: true, checksum: 'verified' },
			loadedBy: expect.stringMatching(/^redis-server \d/) as unknown,
		});
	}, 30_000);

	it('load a backup into a scratch server, which is empty again afterwards', async () => {
		const scratch = await startRedis();
		const client = scratch.admin();
		try {
			const workflow = changed('back-up-redis', PROOF, { level: 'restored', testOn: 'server' });
			const proof = workflow.nodes.find(({ name }) => name === PROOF)!;
			const reference = { id: null, name: 'Scratch server' };
			proof.credentials = { ...proof.credentials, drRedisServerApi: reference };
			const { host, port, password } = scratch;
			engine = await createEngine({
				credentials: {
					...credentials(),
					'Scratch server': { ...{ host, port, user: '', password }, tls: 'disable' },
				},
			});
			const passed = await succeed(workflow, PROOF);
			expect(passed).toMatchObject({
				...{ level: 'restored', passed: true, warnings: [] },
				loadedBy: expect.stringMatching(/^Redis \d/) as unknown,
			});
			expect(await client.info('keyspace')).not.toMatch(/db\d/);
			expect(await client.function('LIST')).toEqual([]);

			await client.set('of somebody', 'else');
			const items = [{ json: { backupId: passed.backupId as string } }];
			const refused = await engine.run(workflow, { startAt: PROOF, items });
			expect(refused.error?.message).toMatch(/scratch server is not empty \(1 keys/);
			expect(await client.get('of somebody')).toBe('else');
		} finally {
			client.disconnect();
			await scratch.stop();
		}
	}, 30_000);

	it('restore a part of the keys by commands, and leave the others alone', async () => {
		await succeed(shipped('back-up-redis'), 'Summarise the run');
		await admin.set('text', 'overwritten');
		await admin.del('number');
		await admin.set('new', 'kept');
		const result = await succeed(
			restoring({ method: 'commands', options: { keyPattern: 'tex*', databases: '0' } }),
			'Restore into the server',
		);
		expect(result).toMatchObject({ method: 'commands', keys: 1 });
		expect(await admin.mget('text', 'number', 'new')).toEqual(['hello', null, 'kept']);
	}, 30_000);

	it('read key by key and restore by commands as a user who may not replicate', async () => {
		const before = await contentOf(admin);
		await admin.call(
			'ACL',
			'SETUSER',
			'managed',
			'on',
			'>secret',
			'~*',
			'&*',
			'+@all',
			'-sync',
			'-psync',
			'-replicaof',
			'-slaveof',
		);
		const managed = await createEngine({
			credentials: credentials({ user: 'managed', password: 'secret' }),
			library,
		});
		const backup = await managed.run(shipped('back-up-redis'));
		expect(backup.error?.message).toBeUndefined();
		const [[item]] = backup.output('Summarise the run') as [[{ json: object }]];
		expect(item.json).toMatchObject({ consistency: 'fuzzy' });

		await admin.flushall();
		await admin.set('written since', 'the disaster');
		const restore = await managed.run(shipped('restore-redis'));
		expect(restore.error?.message).toBeUndefined();
		const [[restored]] = restore.output('Summarise the restore') as [[{ json: object }]];
		expect(restored.json).toMatchObject({
			method: 'commands',
			warnings: expect.arrayContaining([expect.stringMatching(/key by key/)]) as unknown,
		});
		expect(await contentOf(admin)).toEqual(before);
	}, 60_000);

	it.each(['By replication', 'By commands'])(
		'need no more rights than the documentation lists: %s',
		async (method) => {
			await admin.call(
				'ACL',
				'SETUSER',
				'dr',
				'reset',
				'on',
				'>secret',
				...documentedRights(method),
			);
			const before = await contentOf(admin);
			const limited = await createEngine({
				credentials: credentials({ user: 'dr', password: 'secret' }),
				library,
			});
			const summaryOf = async (name: string, node: string) => {
				const { error, output } = await limited.run(shipped(name));
				expect(error?.message).toBeUndefined();
				const [[item]] = output(node) as [[{ json: object }]];
				return item.json;
			};
			const isReplication = method === 'By replication';
			expect(await summaryOf('back-up-redis', 'Summarise the run')).toMatchObject({
				consistency: isReplication ? 'point-in-time' : 'fuzzy',
			});
			await admin.set('written since', 'the disaster');
			expect(await summaryOf('restore-redis', 'Summarise the restore')).toMatchObject({
				method: isReplication ? 'replication' : 'commands',
			});
			expect(await contentOf(admin)).toEqual(before);
		},
		30_000,
	);

	it('say what happened when the password is wrong, without saying the password', async () => {
		const wrong = await createEngine({
			credentials: credentials({ password: 'not-the-password' }),
			library,
		});
		const known = await files();
		const { status, error } = await wrong.run(shipped('back-up-redis'));
		expect(status).toBe('error');
		expect(error?.message).toMatch(/password/i);
		expect(JSON.stringify(error)).not.toContain('not-the-password');
		expect(await files()).toEqual(known);
	});

	it('stop at once when somebody presses stop, and leave nothing behind', async () => {
		const known = await files();
		// The server waits for so long before it begins.
		await admin.config('SET', 'repl-diskless-sync-delay', 60);
		const stop = new AbortController();
		const running = engine.run(shipped('back-up-redis'), { signal: stop.signal });
		const waiting = async () => await admin.info('replication');
		await eventually(async () => expect(await waiting()).toMatch(/slave0:.*state=wait_bgsave/));
		stop.abort();
		expect((await running).status).toBe('canceled');
		await eventually(async () => expect(await waiting()).toContain('connected_slaves:0'));
		await admin.config('SET', 'repl-diskless-sync-delay', 0);
		expect(await files()).toEqual(known);
	}, 30_000);

	it('never restore the Redis in which n8n keeps its queue', async () => {
		await succeed(shipped('back-up-redis'), 'Summarise the run');
		const before = await contentOf(admin);
		process.env.QUEUE_BULL_REDIS_HOST = redis.host;
		process.env.QUEUE_BULL_REDIS_PORT = String(redis.port);
		try {
			const { status, error } = await engine.run(shipped('restore-redis'));
			expect(status).toBe('error');
			expect(error?.message).toMatch(/n8n keeps its own queue/);
		} finally {
			delete process.env.QUEUE_BULL_REDIS_HOST;
			delete process.env.QUEUE_BULL_REDIS_PORT;
		}
		expect(await contentOf(admin)).toEqual(before);
	}, 30_000);
});
