import { readdir, statfs } from 'node:fs/promises';
import { Writable } from 'node:stream';
import type { Redis } from 'ioredis';
import { BackupError, StoreError } from '../../../core/errors';
import { Spool } from '../../../core/redis/spool';
import { openRepository } from '../../../core/repository/repository';
import { eventually } from '../../support/eventually';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { holdRepository } from '../../support/repository/held-repository';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk';
import { SnapshotBench } from './snapshot-bench';

const MB = 1_000_000;

let redis: RunningRedis;
let admin: Redis;
let bench: SnapshotBench;

beforeAll(async () => {
	redis = await startRedis({ settings: ['rdbcompression no'] });
	admin = redis.admin();
	// About 20 MB.
	await admin.call('DEBUG', 'POPULATE', 2000, 'key', 10_000);
	bench = await SnapshotBench.open();
});
afterAll(async () => {
	admin?.disconnect();
	await redis?.stop();
	await bench?.remove();
});

async function expectServerAtRest(): Promise<void> {
	await eventually(async () => {
		const info = await admin.info();
		expect(info).toContain('connected_slaves:0');
		expect(info).toContain('rdb_bgsave_in_progress:0');
	});
}

describe('a full disk', () => {
	let disk: SmallDisk;
	beforeEach(async () => (disk = await mountSmallDisk(40 * MB)));
	afterEach(async () => await disk?.remove());

	const freeBytes = async () => {
		const { bavail, bsize } = await statfs(disk.path);
		return bavail * bsize;
	};

	it('of the spool ends the snapshot, and gives the room back', async () => {
		const free = await freeBytes();
		// More than what the memory of the server makes likely, and less than what comes.
		await disk.fill(12 * MB);
		const failure = bench.create(redis.server(), { spoolDirectory: disk.path });
		await expect(failure).rejects.toThrow(BackupError);
		await expect(failure).rejects.toThrow(/^The disk with the temporary files .* is full, after /);
		await disk.free();
		expect(await freeBytes()).toBe(free);
		expect(await bench.leftovers()).toEqual([]);
		await expectServerAtRest();
	});

	it('of the spool is seen before anything is sent, where it can be foreseen', async () => {
		await disk.fill(MB);
		await expect(bench.create(redis.server(), { spoolDirectory: disk.path })).rejects.toThrow(
			/There is not enough room for temporary files in /,
		);
		expect((await admin.info()).includes('connected_slaves:0')).toBe(true);
	});

	it('of the repository ends the snapshot, and leaves nothing there', async () => {
		const held = holdRepository(
			openRepository({ directory: { path: disk.path }, encryption: { kind: 'none' } }),
		);
		const compression = { algorithm: 'none' } as const;
		const failure = bench.create(redis.server(), { repository: held.repository, compression });
		failure.catch(() => undefined);
		await held.reached;
		await disk.fill(2 * MB);
		held.release();
		await expect(failure).rejects.toThrow(StoreError);
		await disk.free();
		const files = await readdir(disk.path, { recursive: true, withFileTypes: true });
		expect(files.filter((entry) => entry.isFile())).toEqual([]);
		expect(await bench.leftovers()).toEqual([]);
		await expectServerAtRest();
	});
});

describe('a slow disk', () => {
	it('of the repository does not hold the server back: the spool takes the data first', async () => {
		const held = holdRepository(bench.repository);
		const stored = bench.create(redis.server(), { repository: held.repository });
		await held.reached;
		// The process that the server has forked ends while nothing has been stored.
		await expectServerAtRest();
		held.release();
		expect(await stored).toMatchObject({ component: 'redis' });
	});

	it('of the spool is not taken for a server that has gone silent', async () => {
		const original = Spool.prototype.writer;
		let writes = 0;
		const slow = jest.spyOn(Spool.prototype, 'writer').mockImplementation(function (this: Spool) {
			const real = original.call(this);
			return new Writable({
				highWaterMark: real.writableHighWaterMark,
				write: (chunk, encoding, done) => {
					// Longer than the server may be silent.
					setTimeout(() => real.write(chunk, encoding, done), writes++ === 0 ? 1500 : 0);
				},
				final: (done) => void real.end(done),
			});
		});
		try {
			const manifest = await bench.create(redis.server(), {}, { idleTimeoutMs: 500 });
			expect(manifest.payload.raw.bytes).toBeGreaterThan(20 * MB);
		} finally {
			slow.mockRestore();
		}
	});
});
