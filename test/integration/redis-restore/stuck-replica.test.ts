import { findStuckReplica, healStuckReplica } from '../../../core/redis/restore/stuck-replica';
import { fillWithKeys } from '../../support/redis/content';
import { openRepository } from '../../../core/repository/repository';
import { eventually } from '../../support/eventually';
import {
	rdbOf,
	restoreInput,
	serverOf,
	storeRdb,
	withSession,
} from '../../support/redis/restore-lab';
import { restoreInProcess } from '../../support/redis/restore-process';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const directory = useTemporaryDirectory();
let target: RunningRedis;

beforeAll(async () => {
	target = await startRedis();
});
afterAll(async () => await target?.stop());

/** An account of its own each time. */
async function account(name: string, ...rights: string[]) {
	await withSession(target, async ({ client }) => {
		await client.call('ACL', 'SETUSER', name, 'reset', 'on', '>secret', '-@all', ...rights);
	});
	return serverOf(target, { username: name, password: 'secret' });
}

test('who may only read finds what a killed restore has left, and is told that they cannot heal it', async () => {
	const reader = await account('reader', '+info', '+config|get', '+client|list');
	// Without CLIENT LIST it watches for a while instead.
	const poor = await account('poor', '+info', '+config|get');
	expect(await findStuckReplica(reader)).toBeUndefined();

	await withSession(target, async ({ client }) => await fillWithKeys(client, 200, 100_000));
	const repository = openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
	});
	const backup = await storeRdb(repository, await rdbOf(target));
	const { repository: _, ...input } = restoreInput(target, { repository, backup });
	let whileItRan: Promise<unknown> | undefined;
	await restoreInProcess(directory.path, input, ({ phase, done = 0 }, kill) => {
		if (phase !== 'restoring' || done < 1_000_000) return;
		process.kill(target.pid, 'SIGSTOP');
		kill();
		whileItRan ??= Promise.resolve().then(() => process.kill(target.pid, 'SIGCONT'));
	});
	await whileItRan;

	const expected = {
		...{ runId: expect.stringMatching(/^[0-9a-f]{8}$/) as unknown, running: false },
		...{ isReplica: true, master: { host: '127.0.0.1', port: expect.any(Number) as unknown } },
	};
	await eventually(async () => expect(await findStuckReplica(reader)).toEqual(expected));
	expect(await findStuckReplica(poor)).toEqual(expected);
	expect(JSON.stringify(await findStuckReplica(reader))).not.toContain('n8n-dr-restore');
	await expect(healStuckReplica(reader)).rejects.toThrow(
		/^An interrupted restore has left the server as a replica, and this account may not .*NOPERM/,
	);
	expect(await findStuckReplica(reader)).toEqual(expected);

	expect(await healStuckReplica(serverOf(target))).toMatchObject({ data: 'previous' });
	expect(await findStuckReplica(reader)).toBeUndefined();
});
