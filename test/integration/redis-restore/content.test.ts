import { openRepository } from '../../../core/repository/repository';
import { restoreSnapshot } from '../../../core/redis/restore/restore-snapshot';
import { contentOf, fillWithEverything } from '../../support/redis/content';
import { rdbOf, restoreInput, storeRdb, withSession } from '../../support/redis/restore-lab';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const directory = useTemporaryDirectory();
let source: RunningRedis;
let target: RunningRedis;
let rdb: Buffer;
let expected: unknown;

beforeAll(async () => {
	[source, target] = await Promise.all([startRedis(), startRedis()]);
	await withSession(source, async ({ client }) => {
		await fillWithEverything(client);
		expected = await contentOf(client);
	});
	rdb = await rdbOf(source);
});

afterAll(async () => await Promise.all([source?.stop(), target?.stop()]));

async function stored() {
	const repository = openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
	});
	return { repository, backup: await storeRdb(repository, rdb) };
}

const contentOfTarget = async () =>
	await withSession(target, async ({ client }) => await contentOf(client));

beforeEach(async () => {
	await withSession(target, async ({ client }) => {
		await client.flushall();
		await client.set('of before', 'data');
		await client.select(5);
		await client.set('text', 'elsewhere');
	});
});

test.each(['disk', 'swap'] as const)(
	'everything is equal after replication by %s',
	async (mode) => {
		const result = await restoreSnapshot(restoreInput(target, await stored(), { mode }));
		expect(result).toMatchObject({
			...{ method: 'replication', mode, keys: 19, countsCompared: true, warnings: [] },
			databases: [
				{ index: 0, keys: 17, expiring: 2 },
				{ index: 3, keys: 1, expiring: 0 },
				{ index: 9, keys: 1, expiring: 1 },
			],
			undo: 'There is no way back: the safety snapshot was switched off.',
		});
		expect(await contentOfTarget()).toEqual(expected);
		await withSession(target, async (session) => {
			expect((await session.info()).get('role')).toBe('master');
			expect(await session.setting('masterauth')).toBe('');
			expect(await session.setting('repl-diskless-load')).toBe('disabled');
		});
	},
);

test('everything is equal after commands into a server that is emptied first', async () => {
	const result = await restoreSnapshot(
		restoreInput(target, await stored(), { method: 'commands', flush: true }),
	);
	expect(result).toMatchObject({ method: 'commands', keys: 19, expiredKeys: 0, warnings: [] });
	expect(await contentOfTarget()).toEqual(expected);
});

test('commands leave alone what the snapshot has not got, and what the selection leaves out', async () => {
	const result = await restoreSnapshot(
		restoreInput(target, await stored(), {
			method: 'commands',
			selection: { pattern: '*set', databases: [0, 3] },
		}),
	);
	expect(result).toMatchObject({ keys: 1, notSelectedKeys: 18 });
	await withSession(target, async ({ client }) => {
		expect(await client.keys('*')).toEqual(expect.arrayContaining(['of before', 'set']));
		expect(await client.dbsize()).toBe(2);
	});
});
