import { mkdir, rm } from 'node:fs/promises';

import type { Check } from '../../../core/health/check';
import { probeRedis, REDIS } from '../../../core/health/probes/redis';
import type { RedisServer } from '../../../core/redis/server';
import { eventually } from '../../support/eventually';
import { freePort } from '../../support/free-port';
import { leaveStuckReplica } from '../../support/redis/killed-restore';
import { withSession } from '../../support/redis/restore-lab';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';
import { checkOf, seenBy } from './checking';

const directory = useTemporaryDirectory();
let redis: RunningRedis;

beforeAll(async () => {
	redis = await startRedis();
});

afterAll(async () => await redis?.stop());

const seen = async (
	server: RedisServer,
	{ heal = false, ...conditions }: Partial<Check> & { heal?: boolean } = {},
) => await seenBy(checkOf(REDIS, (signal) => probeRedis({ server, heal }, signal), conditions));

/** An account of its own each time. */
async function account(name: string, ...rights: string[]): Promise<RedisServer> {
	await withSession(redis, async ({ client }) => {
		await client.call('ACL', 'SETUSER', name, 'reset', 'on', '>secret', '-@all', ...rights);
	});
	return redis.server({ username: name, password: 'secret' });
}

test('a server that is up is healthy', async () => {
	const result = await seen(redis.server());
	expect(result).toMatchObject({
		...{ status: 'pass', componentType: 'datastore' },
		output: expect.stringMatching(/^answered in \d+ ms, [\d.]+ % of the machine's memory used\.$/),
	});
	const fail = ['[ROLE] == master', '[STUCK_REPLICA] == no'];
	expect(await seen(redis.server(), { fail })).toMatchObject({ status: 'pass' });
});

test('a server without its data is told by its keys', async () => {
	const fail = ['[KEYS] > 0'];
	await withSession(redis, async ({ client }) => {
		await client.flushall();
		expect(await seen(redis.server(), { fail })).toMatchObject({
			...{ status: 'fail', output: expect.stringMatching(/KEYS\] > 0, seen 0/) as unknown },
		});
		await client.set('one', 'key');
		await client.call('SELECT', '3');
		await client.set('another', 'key');
		await client.call('SELECT', '0');
	});
	expect(await seen(redis.server(), { fail: ['[KEYS] == 2'] })).toMatchObject({ status: 'pass' });
});

test('what the user may not ask for is unknown, and no reason to say that it is well', async () => {
	const poor = await account('poor', '+ping');
	const fail = ['[CONNECTED] == true', '[STUCK_REPLICA] == unknown'];
	expect(await seen(poor, { fail })).toMatchObject({ status: 'pass' });
	const result = await seen(poor);
	expect(result.status).toBe('fail');
	expect(result.output).toMatch(
		/PERSISTENCE_ERRORS\] == 0, seen nothing: the user may not run INFO/,
	);
});

test('what does not answer', async () => {
	const wrong = await seen(redis.server({ password: 'hunter2' }));
	expect(wrong.output).toMatch(/refused the password/);
	expect(JSON.stringify(wrong)).not.toContain('hunter2');
	const nobody = await seen(redis.server({ port: await freePort() }));
	expect(nobody).toMatchObject({
		...{ status: 'fail', output: expect.stringMatching(/refused the connection/) },
	});
	process.kill(redis.pid, 'SIGSTOP');
	try {
		const hanging = await seen(redis.server(), { timeoutMs: 300 });
		expect(hanging.output).toMatch(/^no complete answer within 300 ms/);
	} finally {
		process.kill(redis.pid, 'SIGCONT');
	}
});

test('a server that has little memory left, or cannot write to its disk', async () => {
	await withSession(redis, async (session) => {
		const used = (await session.info()).number('used_memory');
		await session.changeSetting('maxmemory', String(Math.round(used * 1.04)));
		const full = await seen(redis.server());
		expect(full.status).toBe('warn');
		expect(full.output).toMatch(
			/% of maxmemory used; expected \[MEMORY_PERCENT\] < 90, seen [\d.]+\.$/,
		);
		await session.changeSetting('maxmemory', '0');

		// As on a disk that takes nothing: a snapshot cannot be renamed over a folder.
		await mkdir(`${redis.folder}/dump.rdb/in-the-way`, { recursive: true });
		await session.call('BGSAVE');
		await eventually(async () => {
			expect((await session.info()).get('rdb_last_bgsave_status')).toBe('err');
		});
		const result = await seen(redis.server());
		expect(result.status).toBe('fail');
		expect(result.output).toMatch(
			/the last snapshot to disk failed; expected \[PERSISTENCE_ERRORS\] == 0, seen 1/,
		);
		await rm(`${redis.folder}/dump.rdb`, { recursive: true });
		await session.call('BGSAVE');
		await eventually(async () =>
			expect(await seen(redis.server())).toMatchObject({ status: 'pass' }),
		);
	});
});

test('a server that loads its data is not healthy yet', async () => {
	const loading = await startRedis({
		settings: ['key-load-delay 5000', 'loading-process-events-interval-bytes 1024'],
	});
	try {
		await withSession(loading, async (session) => {
			await session.call('DEBUG', 'POPULATE', 1_000, 'key', 100);
			await session.call('SAVE');
		});
		await loading.kill();
		await loading.start();
		const result = await seen(loading.server());
		expect(result.status).toBe('fail');
		expect(result.output).toMatch(
			/still loading its data, .*expected \[LOADING\] == false, seen true/,
		);
		// Whether a restore has left it so cannot be told yet.
		expect(result.conditions[2]).toMatchObject({ seen: 'unknown', met: true });
	} finally {
		await loading.stop();
	}
});

describe('a replica', () => {
	test('of ours that a crash has left is found, and healed where that is asked for', async () => {
		const reader = await account('reader', '+ping', '+info', '+config|get', '+client|list');
		await leaveStuckReplica(redis, directory.path);
		await eventually(async () => {
			const result = await seen(redis.server());
			expect(result.status).toBe('fail');
			expect(result.output).toMatch(
				/an interrupted restore has left it as a replica; expected \[STUCK_REPLICA\] != yes, seen yes/,
			);
		});
		const refused = await seen(reader, { heal: true });
		expect(refused.output).toMatch(
			/as a replica, and it could not be healed: .*may not make it a master/,
		);

		const healed = await seen(redis.server(), { heal: true });
		expect(healed.status).toBe('warn');
		expect(healed.output).toMatch(
			/that is healed, with the data of before the restore; expected \[HEALED\] == false, seen true/,
		);
		expect(await seen(redis.server(), { heal: true })).toMatchObject({ status: 'pass' });
		expect(JSON.stringify([refused, healed])).not.toMatch(/n8n-dr-restore|secret/);
	});

	test('of somebody else is left alone', async () => {
		const follower = await startRedis({
			settings: [`replicaof 127.0.0.1 ${redis.port}`, `masterauth ${redis.password}`],
		});
		try {
			const fail = ['[ROLE] == replica', '[STUCK_REPLICA] == no', '[HEALED] == false'];
			expect(await seen(follower.server(), { heal: true, fail })).toMatchObject({ status: 'pass' });
			expect(JSON.stringify(await seen(follower.server()))).not.toContain(redis.password);
		} finally {
			await follower.stop();
		}
	});
});
