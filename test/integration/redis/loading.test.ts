import { restoreSnapshot } from '../../../core/redis/restore/restore-snapshot';
import { ServerSession } from '../../../core/redis/restore/server-session';
import { eventually } from '../../support/eventually';
import { rdbOf, restoreInput, serverOf, withSession } from '../../support/redis/restore-lab';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { SnapshotBench } from './snapshot-bench';

const KEYS = 2000;

let redis: RunningRedis;
let session: ServerSession;
let bench: SnapshotBench;

beforeAll(async () => {
	bench = await SnapshotBench.open();
	redis = await startRedis({
		// For half a minute, or until it is told to hurry; it answers after each key.
		settings: [
			...['key-load-delay 15000', 'loading-process-events-interval-bytes 1024'],
			'rdbcompression no',
		],
	});
	await withSession(
		redis,
		async ({ client }) => await client.call('DEBUG', 'POPULATE', KEYS, 'key', 2000),
	);
	await rdbOf(redis);
	await redis.kill();
	await redis.start();
	session = await ServerSession.open(serverOf(redis));
	await eventually(async () => expect((await session.info()).get('loading')).toBe('1'));
});
afterAll(async () => {
	session?.close();
	await redis?.stop();
	await bench?.remove();
});

test('a server that still loads is neither backed up nor restored, and that is said', async () => {
	for (const method of ['auto', 'replication', 'commands'] as const) {
		await expect(bench.create(redis.server(), { method })).rejects.toMatchObject({
			message: 'The Redis server is still loading its data.',
			hint: 'Try again when it has started.',
		});
	}
	expect(await bench.leftovers()).toEqual([]);
	const { repository } = bench;
	const backup = { component: 'redis', name: 'any', id: 'any-20260101000000' };
	const restore = async () =>
		await restoreSnapshot(restoreInput(redis, { repository, backup }, { method: 'auto' }));
	await expect(restore()).rejects.toThrow('The server is still loading its data.');

	await session.changeSetting('key-load-delay', '0');
	await eventually(async () => expect(await session.client.dbsize()).toBe(KEYS));
	await bench.create(redis.server());
	// Now it is the backup that is missing.
	await expect(restore()).rejects.toThrow(/any-20260101000000/);
});
