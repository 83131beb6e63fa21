import type { Redis } from 'ioredis';
import { CancelledError } from '../../../core/errors';
import { verifySnapshot, type VerifySnapshotInput } from '../../../core/redis/verify-snapshot';
import type { Manifest } from '../../../core/repository/manifest';
import { eventually } from '../../support/eventually';
import { fillWithEverything, fillWithKeys } from '../../support/redis/content';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { SnapshotBench } from './snapshot-bench';

let source: RunningRedis;
let scratch: RunningRedis;
let admin: Redis;
let onScratch: Redis;
let bench: SnapshotBench;

beforeAll(async () => {
	[source, scratch] = await Promise.all([startRedis(), startRedis()]);
	[admin, onScratch] = [source.admin(), scratch.admin()];
	bench = await SnapshotBench.open();
	await fillWithEverything(admin);
});

afterEach(async () => {
	expect(await onScratch.info('keyspace')).not.toMatch(/db\d/);
	expect(await onScratch.function('LIST')).toEqual([]);
});

afterAll(async () => {
	admin?.disconnect();
	onScratch?.disconnect();
	await Promise.all([source?.stop(), scratch?.stop()]);
	await bench?.remove();
});

const verify = async (
	{ component, name, id }: Manifest,
	changes: Partial<VerifySnapshotInput> = {},
	signal?: AbortSignal,
) =>
	await verifySnapshot(
		{
			...{ repository: bench.repository, backup: { component, name, id }, level: 'restored' },
			...{ scratchServer: scratch.server(), scratchDirectory: bench.directory },
			...changes,
		},
		signal ? { signal } : {},
	);

describe('a restore test on a scratch server', () => {
	it.each(['replication', 'commands'] as const)(
		'passes for a snapshot by %s, also when keys have expired since',
		async (method) => {
			await admin.set('gone soon', 'x', 'PX', 800);
			const manifest = await bench.create(source.server(), { method });
			await eventually(async () => expect(await admin.exists('gone soon')).toBe(0));
			expect(await verify(manifest)).toMatchObject({
				...{ passed: true, problems: [], warnings: [] },
				loadedBy: expect.stringMatching(/^Redis 7/) as unknown,
			});
		},
	);

	it('says nothing about the backup where the server has not the memory', async () => {
		const manifest = await bench.create(source.server());
		await onScratch.config('SET', 'maxmemory', '1mb');
		await expect(verify(manifest)).rejects.toThrow(/memory/i);
		await onScratch.config('SET', 'maxmemory', 0);
	});

	it('leaves the server empty, and no record, when it is cancelled in the middle', async () => {
		await fillWithKeys(admin, 20_000, 100);
		const manifest = await bench.create(source.server());
		const before = await bench.leftovers();
		const stop = new AbortController();
		const running = verify(manifest, {}, stop.signal);
		const outcome = expect(running).rejects.toThrow(CancelledError);
		await eventually(async () => expect(await onScratch.dbsize()).toBeGreaterThan(0));
		stop.abort();
		await outcome;
		expect(await bench.leftovers()).toEqual(before);
	});
});
