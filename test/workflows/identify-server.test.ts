import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ICredentialDataDecryptedObject, IDataObject, INodeParameters } from 'n8n-workflow';

import { createEngine, type WorkflowFile } from '../support/engine-harness';
import { type RunningPostgres, startPostgres } from '../support/postgres-server';
import { type RunningRedis, startRedis } from '../support/redis-server';

const NODE = 'Ask';
let postgres: RunningPostgres;
let copy: RunningPostgres;
let redis: RunningRedis;
let directory: string;

beforeAll(async () => {
	postgres = await startPostgres();
	// With the same files, and so the same system identifier.
	copy = await startPostgres({ primary: postgres });
	redis = await startRedis();
	directory = await mkdtemp(join(tmpdir(), 'dr-identify-'));
});
afterAll(async () => {
	await copy?.stop();
	await postgres?.stop();
	await redis?.stop();
	await rm(directory, { recursive: true, force: true });
});

const loginOf = ({ host, port, password }: RunningPostgres | RunningRedis, more: object = {}) => ({
	...{ host, port, password, user: '', tls: 'disable' },
	...more,
});
const database = { user: 'postgres', database: 'postgres' };

const TYPES = { postgresDump: 'drPostgresServerApi', redisSnapshot: 'drRedisServerApi' };

/** Runs one node of the package with this login. */
async function run(
	type: keyof typeof TYPES,
	login: ICredentialDataDecryptedObject,
	parameters: INodeParameters = { operation: 'identify' },
) {
	const engine = await createEngine({
		credentials: {
			Server: login,
			Repository: { storage: 'directory', directory, encryption: 'none' },
		},
	});
	const at = { position: [0, 0] as [number, number], typeVersion: 1 };
	const workflow: WorkflowFile = {
		...{ id: 'identify', name: 'Identify', settings: {} },
		nodes: [
			{ id: 'a', name: 'Start', type: 'n8n-nodes-base.manualTrigger', parameters: {}, ...at },
			{
				...{ id: 'b', name: NODE, type: `n8n-nodes-disaster-recovery.${type}`, parameters, ...at },
				credentials: {
					[TYPES[type]]: { id: '1', name: 'Server' },
					drBackupRepositoryApi: { id: '2', name: 'Repository' },
				},
			},
		],
		connections: { Start: { main: [[{ node: NODE, type: 'main', index: 0 }]] } },
	};
	const { error, output } = await engine.run(workflow);
	return { error: error?.message, item: output(NODE)[0]?.[0]?.json };
}

const identify = async (...asked: Parameters<typeof run>): Promise<IDataObject> => {
	const { error, item } = await run(...asked);
	expect(error).toBeUndefined();
	return item!;
};

describe('Identify Server', () => {
	it('of Postgres knows a server by whichever name it is reached, and its copy as another one', async () => {
		const one = await identify('postgresDump', loginOf(postgres, database));
		const again = await identify(
			'postgresDump',
			loginOf(postgres, { ...database, host: 'localhost' }),
		);
		const other = await identify('postgresDump', loginOf(copy, database));
		expect(one).toMatchObject({ host: '127.0.0.1', port: postgres.port, database: 'postgres' });
		expect(one['databases']).toEqual([
			{
				...{ database: 'postgres', backupName: 'postgres', current: true },
				...{ accessible: true, ofRestore: false },
			},
		]);
		expect(one['version']).toMatch(/^16\.\d+$/);
		expect(again).toMatchObject({ server: one['server'], host: 'localhost' });
		expect(other['server']).not.toBe(one['server']);
		const [cluster, started] = String(one['server']).split('-');
		expect(other['server']).toMatch(new RegExp(`^${cluster}-\\d{16}$`));
		expect(Date.parse(String(one['startedAt']))).toBe(Math.floor(Number(started) / 1000));
		expect(JSON.stringify(one)).not.toContain(postgres.password);
	});

	it('of Postgres answers where the database of the login is lost', async () => {
		const { databases } = await identify(
			'postgresDump',
			loginOf(postgres, { ...database, database: 'gone' }),
		);
		expect(databases).toMatchObject([{ database: 'postgres', current: false }]);
	});

	it('of Redis knows a server until it is started again', async () => {
		const one = await identify('redisSnapshot', loginOf(redis));
		const again = await identify('redisSnapshot', loginOf(redis, { host: 'localhost' }));
		expect(again).toMatchObject({ server: one['server'], host: 'localhost', port: redis.port });
		await redis.kill();
		await redis.start();
		expect((await identify('redisSnapshot', loginOf(redis)))['server']).not.toBe(one['server']);
	});

	it('of Redis says so where the user may not ask', async () => {
		const admin = redis.admin();
		await admin.call('ACL', 'SETUSER', 'deaf', 'on', '>secret', '~*', '+@all', '-info');
		admin.disconnect();
		const login = loginOf(redis, { user: 'deaf', password: 'secret' });
		expect((await run('redisSnapshot', login)).error).toMatch(/does not say which one it is/);
	});
});

describe('Only Into Server', () => {
	const NO_BACKUP = /^The repository has no/;

	it.each([
		['postgresDump', () => loginOf(postgres, database), { mode: 'new-database', newDatabase: 'x' }],
		['redisSnapshot', () => loginOf(redis), { method: 'auto' }],
	] as const)('keeps %s from restoring into another server', async (type, login, restore) => {
		const { server } = await identify(type, login());
		const into = async (onlyServer: unknown) =>
			await run(type, login(), {
				...{ operation: 'restore', ...restore },
				options: { onlyServer } as INodeParameters,
			});
		expect((await into('another')).error).toMatch(/is not the one that was meant\. Nothing was/);
		expect((await into(server)).error).toMatch(NO_BACKUP);
		expect((await into('')).error).toMatch(NO_BACKUP);
	});
});
