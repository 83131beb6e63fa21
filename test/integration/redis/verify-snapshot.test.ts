import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Redis } from 'ioredis';
import { CancelledError, ConfigurationError } from '../../../core/errors';
import { verifySnapshot, type VerifySnapshotInput } from '../../../core/redis/verify-snapshot';
import { listBackups } from '../../../core/repository/catalogue';
import { fingerprintOf } from '../../../core/repository/fingerprint';
import type { Manifest } from '../../../core/repository/manifest';
import { descendants } from '../../support/process-table';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { rewriteSealed } from '../../support/repository/rewrite-sealed';
import { eventually } from '../../support/eventually';
import { digestOf, fillRichly, groupsOf } from './rich-data';
import { SnapshotBench } from './snapshot-bench';

const run = promisify(execFile);

let redis: RunningRedis;
let admin: Redis;
let bench: SnapshotBench;

beforeAll(async () => {
	redis = await startRedis();
	admin = redis.admin();
	await fillRichly(admin, 300);
	bench = await SnapshotBench.open();
});
afterAll(async () => {
	admin?.disconnect();
	await redis?.stop();
	await bench?.remove();
});

const verify = async (
	{ component, name, id }: Manifest,
	level: VerifySnapshotInput['level'],
	signal?: AbortSignal,
) =>
	await verifySnapshot(
		{
			...{ repository: bench.repository, backup: { component, name, id }, level },
			scratchDirectory: bench.directory,
		},
		{ ...(signal && { signal }) },
	);
const levelsOf = async ({ id }: Manifest) => {
	const { backups } = await listBackups(bench.repository, { component: 'redis' });
	return backups
		.find((entry) => entry.id === id)
		?.verifications.map(({ level }) => level)
		.sort();
};
const folderOf = ({ name, id }: Manifest) => join(bench.directory, 'repository', 'redis', name, id);
const scratchFolders = async () =>
	(await readdir(bench.directory)).filter((name) => name.startsWith('dr-redis-'));

describe.each(['replication', 'commands'] as const)('verifySnapshot after %s', (method) => {
	it('proves a whole backup at every level, and records that', async () => {
		const manifest = await bench.create(redis.server(), { method });
		const stored = await verify(manifest, 'stored');
		expect(stored).toMatchObject({ passed: true, bytes: manifest.payload.stored.bytes });
		expect(stored).not.toHaveProperty('keys');
		const keys = 3 * (21 + 300);
		const readable = await verify(manifest, 'readable');
		expect(readable).toMatchObject({ passed: true, keys, databases: 3, checksum: 'verified' });
		const restored = await verify(manifest, 'restored');
		expect(restored).toMatchObject({ passed: true, keys, loadedBy: 'redis-server 7.0.15' });
		expect(await levelsOf(manifest)).toEqual(['readable', 'restored', 'stored']);
	});

	it('counts keys whose time is over: an old backup is no bad backup', async () => {
		// Time enough for a busy machine to make the snapshot.
		await admin.set('short', 'x', 'PX', 4_000);
		const manifest = await bench.create(redis.server(), { method });
		await eventually(async () => expect(await admin.exists('short')).toBe(0));
		const restored = await verify(manifest, 'restored');
		expect(restored).toMatchObject({ passed: true, problems: [] });
		expect(restored.keys).toBe(3 * (21 + 300) + 1);
	});

	it('does not pass, nor record, a backup with one wrong byte', async () => {
		const manifest = await bench.create(redis.server(), { method });
		const file = join(folderOf(manifest), manifest.payload.file);
		const bytes = await readFile(file);
		const middle = Math.floor(bytes.length / 2);
		bytes[middle] = (bytes[middle] as number) ^ 1;
		await writeFile(file, bytes);
		for (const level of ['stored', 'readable', 'restored'] as const) {
			const result = await verify(manifest, level);
			expect(result.passed).toBe(false);
			expect(result.problems.join()).toMatch(/damaged|decrypted/);
		}
		expect(await levelsOf(manifest)).toEqual([]);
	});

	it('does not pass a backup that holds other keys than its manifest says', async () => {
		const manifest = await bench.create(redis.server(), { method });
		const fingerprint = fingerprintOf(manifest, 'redis');
		const databases = fingerprint?.databases.map((database) => ({
			...database,
			types: { ...database.types, stream: 2 },
		}));
		rewriteSealed(join(folderOf(manifest), 'manifest.json'), (facts) => {
			facts['fingerprint'] = { ...fingerprint, databases };
		});
		const { passed, problems } = await verify(manifest, 'readable');
		expect(passed).toBe(false);
		expect(problems[0]).toContain('the snapshot has 1 keys of type stream, its manifest 2');
	});

	it('leaves no server and no folder behind when it is cancelled', async () => {
		const manifest = await bench.create(redis.server(), { method });
		const before = await scratchFolders();
		const stop = new AbortController();
		setTimeout(() => stop.abort(), 150);
		const result = await verify(manifest, 'restored', stop.signal).catch((error: unknown) => error);
		if (!(result instanceof CancelledError)) expect(result).toMatchObject({ passed: true });
		expect(await scratchFolders()).toEqual(before);
		const children = await descendants(process.pid);
		expect(
			children.filter(
				(child) => child.includes('redis-server') && !child.includes(`:${redis.port}`),
			),
		).toEqual([]);
	});
});

it('says what a restore test needs', async () => {
	const { component, name, id } = await bench.create(redis.server());
	const failure = verifySnapshot({
		...{ repository: bench.repository, backup: { component, name, id }, level: 'restored' },
		binariesDirectory: bench.directory,
	});
	await expect(failure).rejects.toThrow(ConfigurationError);
	await expect(failure).rejects.toThrow('no redis-server or valkey-server on this machine');
});

describe('the lines in the manifest', () => {
	it('restore the commands with redis-cli alone', async () => {
		const manifest = await bench.create(redis.server(), {
			...{ method: 'commands', compression: { algorithm: 'gzip', level: 1 } },
			repository: { ...bench.repository, encryption: { kind: 'none' } },
		});
		const target = await startRedis();
		const copy = target.admin();
		try {
			const line = manifest.howToRestore.find((entry) => entry.includes('--pipe')) ?? '';
			const { stdout } = await run('sh', ['-c', line.replace('-p 6379', `-p ${target.port}`)], {
				cwd: folderOf(manifest),
				env: { ...process.env, REDISCLI_AUTH: target.password },
			});
			expect(stdout).toContain('errors: 0');
			expect(await digestOf(copy)).toBe(await digestOf(admin));
			expect(await groupsOf(copy)).toBe(await groupsOf(admin));
			expect(await copy.call('FCALL', 'double', '0', '21')).toBe(42);
		} finally {
			copy.disconnect();
			await target.stop();
		}
	});
});
