import { openRepository } from '../../../core/repository/repository';
import { createSnapshot } from '../../../core/redis/create-snapshot';
import {
	restoreSnapshot,
	type RestoreSnapshotInput,
} from '../../../core/redis/restore/restore-snapshot';
import { Crc64 } from '../../../core/redis/rdb/crc64';
import { contentOf, fillWithEverything } from '../../support/redis/content';
import {
	rdbOf,
	restoreInput,
	serverOf,
	storeRdb,
	withSession,
} from '../../support/redis/restore-lab';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const directory = useTemporaryDirectory();
const running: RunningRedis[] = [];
let target: RunningRedis;
let rdb: Buffer;
let before: unknown;

async function start(settings: readonly string[] = []): Promise<RunningRedis> {
	const server = await startRedis({ settings });
	running.push(server);
	return server;
}

const content = async () =>
	await withSession(target, async ({ client }) => await contentOf(client));

const repository = () =>
	openRepository({ directory: { path: directory.path }, encryption: { kind: 'none' } });

/** Tries it, and gives the message of the refusal. */
async function refusal(
	bytes: Buffer,
	overrides: Partial<RestoreSnapshotInput> = {},
	into = target,
	properties: Record<string, string> = {},
): Promise<string> {
	const stored = {
		repository: repository(),
		backup: await storeRdb(repository(), bytes, properties),
	};
	const attempt = restoreSnapshot(restoreInput(into, stored, overrides));
	return await attempt.then(
		() => 'It was restored',
		(error: Error) => error.message,
	);
}

/** With the checksum that belongs to the bytes. */
function sealed(bytes: Buffer): Buffer {
	const body = bytes.subarray(0, -8);
	return Buffer.concat([body, new Crc64().update(body).toBuffer()]);
}

beforeAll(async () => {
	target = await start();
	await withSession(target, async ({ client }) => await fillWithEverything(client));
	rdb = await rdbOf(target);
	await withSession(target, async ({ client }) => {
		await client.flushall();
		await client.set('of before', 'data');
	});
	before = await content();
});

afterEach(async () => {
	expect(await content()).toEqual(before);
	await withSession(target, async (session) => {
		expect((await session.info()).get('role')).toBe('master');
	});
});

afterAll(async () => await Promise.all(running.map((server) => server.stop())));

describe('a file that would end the server never reaches it', () => {
	test.each([0.1, 0.5, 0.99])('flipped at %d of its length', async (place) => {
		const bytes = Buffer.from(rdb);
		const at = Math.floor(bytes.length * place);
		bytes[at] = (bytes[at] as number) ^ 0x10;
		expect(await refusal(bytes)).toMatch(/damaged/);
		expect(await refusal(bytes, { method: 'commands' })).toMatch(/damaged/);
	});

	test('cut off', async () => {
		expect(await refusal(rdb.subarray(0, -1))).toMatch(/damaged/);
		expect(await refusal(rdb.subarray(0, rdb.length / 2))).toMatch(/damaged/);
		expect(await refusal(Buffer.alloc(0))).toMatch(/damaged/);
	});

	test('of a newer version', async () => {
		const newer = Buffer.from(rdb);
		newer.write('REDIS0012', 'latin1');
		expect(await refusal(sealed(newer))).toBe(
			'The snapshot has RDB version 12, which Redis 7.0.15 does not load.',
		);
	});

	test('without a checksum, unless it was loaded in a test', async () => {
		const unsealed = Buffer.concat([rdb.subarray(0, -8), Buffer.alloc(8)]);
		expect(await refusal(unsealed, {}, target, { crc: 'disabled' })).toMatch(/has no checksum/);
	});

	test('with a database that the server has not got', async () => {
		const small = await start(['databases 4']);
		expect(await refusal(rdb, {}, small)).toBe(
			'The snapshot has keys in database 9, and the server has only the databases 0 to 3.',
		);
	});
});

describe('a server that cannot be restored is left alone', () => {
	test('a node of a cluster', async () => {
		expect(await refusal(rdb, {}, await start(['cluster-enabled yes']))).toMatch(/Redis Cluster/);
	});

	test('a replica', async () => {
		const replica = await start([
			`replicaof ${target.host} ${target.port}`,
			`masterauth ${target.password}`,
		]);
		expect(await refusal(rdb, {}, replica)).toMatch(
			`The server is a replica of ${target.host}:${target.port}`,
		);
		await replica.stop();
	});

	test('the one that has the queue of n8n, by whatever name', async () => {
		const queue = serverOf(target, { host: 'localhost', database: 2 });
		expect(await refusal(rdb, { queue })).toMatch(/n8n keeps its own queue/);
		const unknown = serverOf(target, { host: 'localhost', password: 'wrong' });
		expect(await refusal(rdb, { queue: unknown })).toMatch(/n8n keeps its own queue/);
		const commands = { method: 'commands' as const, selection: { databases: [2] } };
		expect(await refusal(rdb, { queue, ...commands })).toMatch(/n8n keeps its own queue/);
	});

	test('one that a Sentinel watches', async () => {
		await withSession(target, async (session) => {
			await session.call('CLIENT', 'SETNAME', 'sentinel-1f2e3d4c-cmd');
			expect(await refusal(rdb)).toMatch(/a Sentinel watches the server/);
		});
	});

	test('one with too little memory', async () => {
		const small = await start(['maxmemory 1mb']);
		expect(await refusal(rdb, {}, small)).toMatch(/The server may use 2 MB/);
	});

	test('when the backup does not exist', async () => {
		const stored = { repository: repository(), backup: await storeRdb(repository(), rdb) };
		const missing = { ...stored.backup, id: `${stored.backup.name}-20200101000000` };
		const attempt = restoreSnapshot(restoreInput(target, { ...stored, backup: missing }));
		await expect(attempt).rejects.toThrow(missing.id);
	});

	test('where the safety snapshot fails', async () => {
		const stored = { repository: repository(), backup: await storeRdb(repository(), rdb) };
		const attempt = restoreSnapshot(restoreInput(target, stored), {
			createSafetySnapshot: () => Promise.reject(new Error('disk full')),
		});
		await expect(attempt).rejects.toThrow(
			'The safety snapshot of the server failed, so nothing was restored: disk full',
		);
	});
});

test('the safety snapshot brings back what was there', async () => {
	const stored = { repository: repository(), backup: await storeRdb(repository(), rdb) };
	const result = await restoreSnapshot(restoreInput(target, stored), {
		createSafetySnapshot: async () =>
			await createSnapshot({
				...{ server: serverOf(target), repository: repository(), name: 'safety' },
				...{ compression: { algorithm: 'none' }, method: 'commands' },
			}),
	});
	expect(await content()).not.toEqual(before);
	const { safetySnapshot } = result;
	if (!safetySnapshot) throw new Error('There is none');
	expect(result.undo).toContain(safetySnapshot.id);
	await restoreSnapshot(
		restoreInput(
			target,
			{ repository: repository(), backup: safetySnapshot },
			{ method: 'commands', flush: true },
		),
	);
});
