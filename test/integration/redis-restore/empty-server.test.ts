import { rm } from 'node:fs/promises';
import { openRepository } from '../../../core/repository/repository';
import { restoreSnapshot } from '../../../core/redis/restore/restore-snapshot';
import { contentOf, fillWithKeys } from '../../support/redis/content';
import { rdbOf, restoreInput, storeRdb, withSession } from '../../support/redis/restore-lab';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const directory = useTemporaryDirectory();
let target: RunningRedis;
let expected: unknown;
let rdb: Buffer;

const content = async () =>
	await withSession(target, async ({ client }) => await contentOf(client));

async function stored() {
	const repository = openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
	});
	return { repository, backup: await storeRdb(repository, rdb) };
}

beforeEach(async () => {
	target = await startRedis();
	await withSession(target, async ({ client }) => await fillWithKeys(client, 200, 20_000));
	rdb = await rdbOf(target);
	expected = await content();
	await withSession(target, async ({ client }) => await client.flushall());
});

afterEach(async () => await target.stop());

test('it has nothing to serve meanwhile, and takes the snapshot by its disk', async () => {
	const result = await restoreSnapshot(restoreInput(target, await stored()));
	expect(result).toMatchObject({ mode: 'disk', keys: 200, countsCompared: true, warnings: [] });
	expect(await content()).toEqual(expected);
	await target.kill();
	await target.start();
	expect(await content()).toEqual(expected);
});

test('a server that has functions alone is not empty', async () => {
	await withSession(target, async ({ client }) => {
		await client.function('LOAD', "#!lua name=kept\nredis.register_function('f', function() end)");
	});
	const result = await restoreSnapshot(restoreInput(target, await stored()));
	expect(result).toMatchObject({ mode: 'swap', keys: 200 });
});

test('where its disk takes nothing, it takes the snapshot into memory', async () => {
	await rm(target.folder, { recursive: true });
	const result = await restoreSnapshot(restoreInput(target, await stored()));
	expect(result).toMatchObject({
		...{ mode: 'swap', keys: 200 },
		warnings: [
			expect.stringContaining('could not take the snapshot by its disk'),
			expect.stringContaining('failed to write the restored data to its disk'),
		],
	});
	expect(await content()).toEqual(expected);
});
