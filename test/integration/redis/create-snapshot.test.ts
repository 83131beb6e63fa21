import type { Redis } from 'ioredis';
import { ConnectionError } from '../../../core/errors';
import { probeServer } from '../../../core/redis/probe';
import type { RedisServer } from '../../../core/redis/server';
import { readSnapshotFacts } from '../../../core/redis/snapshot-facts';
import { verifySnapshot } from '../../../core/redis/verify-snapshot';
import { fingerprintOf } from '../../../core/repository/fingerprint';
import type { Manifest } from '../../../core/repository/manifest';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { fillRichly } from './rich-data';
import { SnapshotBench } from './snapshot-bench';

const KEYS = 3 * (21 + 1500);

let redis: RunningRedis;
let admin: Redis;
let bench: SnapshotBench;

beforeAll(async () => {
	redis = await startRedis();
	admin = redis.admin();
	await fillRichly(admin);
	bench = await SnapshotBench.open();
});
afterAll(async () => {
	admin?.disconnect();
	await redis?.stop();
	await bench?.remove();
});

const keysOf = (manifest: Manifest) =>
	fingerprintOf(manifest, 'redis')?.databases.reduce((sum, { keys }) => sum + keys, 0);
const restoreTest = async ({ component, name, id }: Manifest) =>
	await verifySnapshot({
		...{ repository: bench.repository, backup: { component, name, id }, level: 'restored' },
	});
async function user(name: string, ...rules: string[]): Promise<RedisServer> {
	await admin.call('ACL', 'SETUSER', name, 'reset', 'on', '>secret', ...rules);
	return redis.server({ username: name, password: 'secret' });
}

describe('createSnapshot by replication', () => {
	it.each([
		['yes', 'diskless'],
		['no', 'disk'],
	])('holds all that the server has (repl-diskless-sync %s)', async (setting, transfer) => {
		await admin.config('SET', 'repl-diskless-sync', setting);
		const phases = new Set<string>();
		const before = Date.now();
		const manifest = await bench.create(
			redis.server(),
			{},
			{ onProgress: ({ phase }) => void phases.add(phase) },
		);
		expect(keysOf(manifest)).toBe(KEYS);
		expect(manifest.engine.name).toBe(`replication (${transfer})`);
		expect(manifest.source.serverVersion).toMatch(/^\d+\.\d+\.\d+$/);
		expect(readSnapshotFacts(manifest)).toMatchObject({
			...{ format: 'rdb', consistency: 'point-in-time', flavor: 'redis', rdbVersion: 10 },
			...{ crc: 'verified', contents: 'counted', moduleTypes: [] },
		});
		expect(fingerprintOf(manifest, 'redis')).toMatchObject({ functionLibraries: 1 });
		expect(manifest.warnings).toEqual([]);
		// Whole seconds, rounded down.
		const point = Date.parse(manifest.consistencyPoint);
		expect(point).toBeGreaterThan(before - 1100);
		expect(point).toBeLessThanOrEqual(Date.parse(manifest.finishedAt));
		expect([...phases]).toEqual(['preparing', 'waiting', 'receiving', 'storing']);
		expect(await restoreTest(manifest)).toMatchObject({ passed: true, keys: KEYS, problems: [] });
	});

	it('gives backups of the same second ids of their own', async () => {
		const ids = [];
		for (let run = 0; run < 3; run++) ids.push((await bench.create(redis.server())).id);
		expect(new Set(ids).size).toBe(3);
	});

	it('needs no more than the right to replicate', async () => {
		// All databases are read by any login, though this one may not even select its own.
		const server = {
			...(await user('replica', '-@all', '+replconf', '+sync')),
			database: 3,
		};
		const manifest = await bench.create(server);
		expect(keysOf(manifest)).toBe(KEYS);
		expect(manifest.engine.name).toMatch(/^replication/);
		expect(manifest.source.serverVersion).toBe('7.0.15');
		expect(await probeServer(server)).toEqual({
			...{ flavor: 'redis', replication: 'unknown', commands: 'unknown' },
		});
	});

	it('does with PSYNC where SYNC is not allowed', async () => {
		const server = await user('newer', '-@all', '+replconf', '+psync');
		expect(keysOf(await bench.create(server, { method: 'replication' }))).toBe(KEYS);
	});

	it('says that a checksum is not there', async () => {
		const other = await startRedis({ settings: ['rdbchecksum no'] });
		try {
			const manifest = await bench.create(other.server());
			expect(readSnapshotFacts(manifest).crc).toBe('disabled');
			expect(manifest.warnings.join()).toContain('unverified');
			expect(await restoreTest(manifest)).toMatchObject({ passed: true, checksum: 'unverified' });
		} finally {
			await other.stop();
		}
	});

	it('uses the names that the server gave to commands, and TLS', async () => {
		const settings = ['rename-command SYNC copy-all', 'rename-command PSYNC ""'];
		const other = await startRedis({ tls: true, settings });
		try {
			const renamedCommands = { SYNC: 'copy-all' };
			const server = other.server({ renamedCommands });
			expect(await probeServer(server)).toMatchObject({ replication: 'allowed' });
			const manifest = await bench.create(server, { method: 'replication' });
			expect(manifest.engine.name).toMatch(/^replication/);
			// Without the name there is no other way than key by key.
			const fallback = await bench.create(other.server());
			expect(readSnapshotFacts(fallback)).toMatchObject({ format: 'commands' });
			await expect(bench.create(other.server(), { method: 'replication' })).rejects.toThrow(
				'does not allow replication',
			);
		} finally {
			await other.stop();
		}
	});
});

describe('createSnapshot by commands', () => {
	it('is chosen for a user who may read, but not replicate, and is marked as fuzzy', async () => {
		const rights = ['+scan', '+dump', '+pexpiretime', '+select', '+function|dump'];
		const server = await user('reader', '-@all', '~*', ...rights);
		const manifest = await bench.create(server);
		expect(readSnapshotFacts(manifest)).toMatchObject({
			...{ format: 'commands', consistency: 'fuzzy', crc: 'verified', rdbVersion: 10 },
		});
		expect(manifest.warnings[0]).toMatch(/^This snapshot is fuzzy/);
		expect(fingerprintOf(manifest, 'redis')).toMatchObject({
			...{ consistency: 'fuzzy', functionLibraries: 1 },
		});
		const exact = await bench.create(redis.server());
		expect(fingerprintOf(manifest, 'redis')?.databases).toEqual(
			fingerprintOf(exact, 'redis')?.databases,
		);
		expect(await restoreTest(manifest)).toMatchObject({ passed: true, keys: KEYS, problems: [] });
	});

	it('tells what the user may not read', async () => {
		const few = ['+scan', '+dump', '+pexpiretime', '+select'];
		const manifest = await bench.create(await user('blind', '-@all', '~*', ...few));
		expect(manifest.warnings.join()).toContain('Functions are not in this snapshot');
		await expect(bench.create(await user('blinder', '-@all', '+scan', '+select'))).rejects.toThrow(
			'does not let this user read the data',
		);
	});
});

describe('a server that cannot be reached', () => {
	it.each<[string, Partial<RedisServer>, string]>([
		['has another password', { password: 'wrong' }, 'refused the password'],
		['asks for a password', { password: '' }, 'asks for a password'],
		['knows no such user', { username: 'nobody' }, 'refused the password of user "nobody"'],
		['is not there', { port: 1 }, 'refused the connection'],
		['has an unknown name', { host: 'redis.invalid' }, 'is unknown'],
	])('%s', async (_, changes, message) => {
		const failure = bench.create(redis.server(changes));
		await expect(failure).rejects.toThrow(ConnectionError);
		await expect(failure).rejects.toThrow(message);
	});

	it('has no password, although one is given', async () => {
		const open = await startRedis({ settings: ['requirepass ""'] });
		try {
			await expect(bench.create(open.server())).rejects.toThrow('A password was given');
			expect(keysOf(await bench.create(open.server({ password: '' })))).toBe(0);
		} finally {
			await open.stop();
		}
	});

	it('is believed by its certificate only', async () => {
		const secure = await startRedis({ tls: true });
		const ca = secure.ca ?? '';
		try {
			const named = (serverName: string): RedisServer =>
				secure.server({ tls: { mode: 'verify-full', ca, serverName } });
			await expect(bench.create(named('redis.example'))).rejects.toThrow('another host name');
			expect(keysOf(await bench.create(named('localhost')))).toBe(0);
			await expect(bench.create(secure.server({ tls: { mode: 'verify-full' } }))).rejects.toThrow(
				'certificate of the Redis server',
			);
			await expect(bench.create(secure.server({ tls: { mode: 'disable' } }))).rejects.toThrow(
				ConnectionError,
			);
		} finally {
			await secure.stop();
		}
	});
});
