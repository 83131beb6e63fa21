import { findStuckReplica, healStuckReplica } from '../../../core/redis/restore/stuck-replica';
import { eventually } from '../../support/eventually';
import { leaveStuckReplica } from '../../support/redis/killed-restore';
import { serverOf, withSession } from '../../support/redis/restore-lab';
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

	await leaveStuckReplica(target, directory.path);

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
