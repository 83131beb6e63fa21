import { randomBytes } from 'node:crypto';
import { createSnapshot } from '../../../core/redis/create-snapshot';
import { restoreSnapshot } from '../../../core/redis/restore/restore-snapshot';
import { openRepository } from '../../../core/repository/repository';
import { contentOf } from '../../support/redis/content';
import { restoreInput, serverOf, withSession } from '../../support/redis/restore-lab';
import { restoreInProcess } from '../../support/redis/restore-process';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const MEGABYTE = 1024 * 1024;
const commands = { method: 'commands' } as const;

const directory = useTemporaryDirectory();
let source: RunningRedis;
let target: RunningRedis;

beforeAll(async () => {
	[source, target] = await Promise.all([startRedis(), startRedis()]);
});
afterAll(async () => await Promise.all([source?.stop(), target?.stop()]));

beforeEach(async () => {
	for (const server of [source, target]) {
		await withSession(server, async ({ client }) => await client.flushall());
	}
});

const contentOfServer = async (server: RunningRedis) =>
	await withSession(server, async ({ client }) => await contentOf(client));

async function backUp(method: 'replication' | 'commands') {
	const repository = openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
	});
	const { component, name, id } = await createSnapshot({
		...{ server: serverOf(source), repository, method, name: `long-${method}` },
		compression: { algorithm: 'zstd', level: 1 },
	});
	return { repository, backup: { component, name, id } };
}

/** Long ones of several types between short ones, in two databases, some with an expiry. */
async function fillWithLongValues(): Promise<void> {
	await withSession(source, async ({ client }) => {
		for (const database of [0, 3]) {
			await client.select(database);
			for (let at = 0; at < 40; at++) await client.set(`short ${at}`, randomBytes(50));
			await client.set('exactly', randomBytes(MEGABYTE));
			await client.set('long', randomBytes(3 * MEGABYTE), 'EX', 100_000);
			for (let at = 0; at < 5; at++) await client.rpush('list', randomBytes(MEGABYTE / 2));
			await client.hset('hash', { a: randomBytes(2 * MEGABYTE), b: 'short' });
		}
	});
}

test.each(['replication', 'commands'] as const)(
	'long values of a snapshot by %s are restored by commands',
	async (method) => {
		await fillWithLongValues();
		const stored = await backUp(method);
		const result = await restoreSnapshot(restoreInput(target, stored, commands));
		expect(result).toMatchObject({ method: 'commands', keys: 88 });
		expect(await contentOfServer(target)).toEqual(await contentOfServer(source));
	},
);

test('a server that refuses a long value stops the restore, and goes on as it was', async () => {
	await withSession(source, async ({ client }) => {
		await client.set('long', randomBytes(8 * MEGABYTE));
	});
	const stored = await backUp('commands');
	await withSession(target, async ({ client }) => await client.set('long', 'of before'));
	const attempt = restoreSnapshot(
		restoreInput(target, stored, { ...commands, existing: 'replace', selection: {} }),
		{
			// After the rights were looked at, which takes no memory.
			onProgress: (phase) => {
				if (phase === 'fetching') void setMemory('4mb');
			},
		},
	);
	await expect(attempt).rejects.toThrow(
		/^The restore stopped at key "long" of database 0: OOM .* No key was restored\.$/,
	);
	await setMemory('0');
	await withSession(target, async ({ client }) => {
		expect(await client.get('long')).toBe('of before');
	});
});

async function setMemory(limit: string): Promise<void> {
	await withSession(target, async (session) => await session.changeSetting('maxmemory', limit));
}

test('cancelled in the middle of a long value it is not restored, and that is said', async () => {
	await withSession(source, async ({ client }) => {
		await client.set('long', randomBytes(64 * MEGABYTE));
	});
	const stored = await backUp('replication');
	const stop = new AbortController();
	const attempt = restoreSnapshot(restoreInput(target, stored, commands), { signal: stop.signal });
	const reading = async () =>
		await withSession(target, async ({ client }) => String(await client.call('CLIENT', 'LIST')));
	const watch = (async () => {
		while (!/ qbuf=[1-9]\d{6,} /.test(await reading())) await new Promise(setImmediate);
		stop.abort();
	})();
	await expect(attempt).rejects.toThrow('The restore was cancelled. No key was restored.');
	await watch;
	await withSession(target, async ({ client }) => expect(await client.dbsize()).toBe(0));
});

test('the memory does not grow with the value', async () => {
	await withSession(source, async ({ client }) => {
		for (let at = 0; at < 10; at++) await client.append('long', randomBytes(16 * MEGABYTE));
	});
	const stored = await backUp('replication');
	const { repository: _, ...input } = restoreInput(target, stored, commands);
	const said = await restoreInProcess(directory.path, input, () => undefined);
	expect(said?.result).toMatchObject({ method: 'commands', keys: 1 });
	// About 190 MB for values of any length. One that is held whole adds its 160 MB.
	expect(said?.peakRssBytes).toBeLessThan(280 * MEGABYTE);
});
