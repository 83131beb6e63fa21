import { setTimeout as sleep } from 'node:timers/promises';
import { openRepository } from '../../../core/repository/repository';
import { findStuckReplica, healStuckReplica } from '../../../core/redis/restore/stuck-replica';
import { contentOf, fillWithKeys } from '../../support/redis/content';
import { restoreInProcess } from '../../support/redis/restore-process';
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
let target: RunningRedis;
let rdb: Buffer;
let before: unknown;
let restored: unknown;

const content = async () =>
	await withSession(target, async ({ client }) => await contentOf(client));

beforeAll(async () => {
	target = await startRedis({ settings: ['masterauth of-before'] });
	await withSession(target, async ({ client }) => await fillWithKeys(client, 200, 150_000));
	rdb = await rdbOf(target);
	restored = await content();
});

afterAll(async () => await target?.stop());

beforeEach(async () => {
	await withSession(target, async ({ client }) => {
		await client.flushall();
		await fillWithKeys(client, 50, 100);
	});
	before = await content();
});

/** The moment at which the process is killed: when so much was sent, and so long after. */
const MOMENTS = [
	{ sent: 0, later: 0 },
	{ sent: 10_000_000, later: 1 },
	{ sent: rdbSize(), later: 0 },
];

/** Of the snapshot, all but its end; it has the same size in every run. */
function rdbSize(): number {
	return 30_000_000;
}

describe.each(['disk', 'swap'] as const)('killed while the server loads by %s', (mode) => {
	test.each(MOMENTS)('after $sent bytes and $later ms', async ({ sent, later }) => {
		const repository = openRepository({
			directory: { path: directory.path },
			encryption: { kind: 'none' },
		});
		const backup = await storeRdb(repository, rdb);
		const { repository: _, ...input } = restoreInput(target, { repository, backup }, { mode });
		await restoreInProcess(directory.path, input, ({ phase, done = 0 }, kill) => {
			if (phase === 'restoring' && done >= sent) void sleep(later).then(kill);
		});

		const stuck = await findStuckReplica(serverOf(target));
		const healed = await healStuckReplica(serverOf(target));
		expect(healed?.runId).toBe(stuck?.runId);
		if (healed) expect(healed.warnings).toEqual([]);

		const found = await content();
		expect([before, restored]).toContainEqual(found);
		if (healed) expect(found).toEqual(healed.data === 'restored' ? restored : before);
		await withSession(target, async (session) => {
			expect((await session.info()).get('role')).toBe('master');
			expect(await session.setting('masterauth')).toBe('of-before');
			expect(await session.setting('repl-diskless-load')).toBe('disabled');
			await session.client.set('writable', 'yes');
		});
		expect(await findStuckReplica(serverOf(target))).toBeUndefined();
	});
});
