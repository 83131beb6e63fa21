import { randomBytes } from 'node:crypto';
import { openRepository } from '../../../core/repository/repository';
import {
	restoreSnapshot,
	type RestoreSnapshotContext,
	type RestoreSnapshotInput,
} from '../../../core/redis/restore/restore-snapshot';
import { Crc64 } from '../../../core/redis/rdb/crc64';
import { healStuckReplica } from '../../../core/redis/restore/stuck-replica';
import { contentOf, fillWithKeys } from '../../support/redis/content';
import {
	rdbOf,
	restoreInput,
	serverOf,
	storeRdb,
	withSession,
} from '../../support/redis/restore-lab';
import { freePort } from '../../support/free-port';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

const BYTES = 30_000_000;
const MODES = ['disk', 'swap'] as const;

const directory = useTemporaryDirectory();
const running: RunningRedis[] = [];
let target: RunningRedis;
let rdb: Buffer;
let before: unknown;

const content = async () =>
	await withSession(target, async ({ client }) => await contentOf(client));

async function restore(
	overrides: Partial<RestoreSnapshotInput> = {},
	context: RestoreSnapshotContext = {},
	bytes = rdb,
) {
	const repository = openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
	});
	const stored = { repository, backup: await storeRdb(repository, bytes) };
	return await restoreSnapshot(restoreInput(target, stored, overrides), context);
}

async function expectOrdinaryMaster(): Promise<void> {
	await withSession(target, async (session) => {
		expect((await session.info()).get('role')).toBe('master');
		expect(await session.setting('masterauth')).toBe('');
		expect(await session.setting('repl-diskless-load')).toBe('disabled');
	});
	expect(await healStuckReplica(serverOf(target))).toBeUndefined();
}

beforeAll(async () => {
	target = await startRedis();
	running.push(target);
	await withSession(target, async ({ client }) => await fillWithKeys(client, 200, 150_000));
	rdb = await rdbOf(target);
});

beforeEach(async () => {
	await withSession(target, async ({ client }) => {
		await client.flushall();
		await fillWithKeys(client, 50, 100);
	});
	await rdbOf(target);
	before = await content();
});

afterAll(async () => await Promise.all(running.map((server) => server.stop())));

describe.each(MODES)('cancelled, %s', (mode) => {
	test('before the first byte the data of before are there', async () => {
		const stop = new AbortController();
		const onProgress = (phase: string) => phase === 'restoring' && stop.abort();
		await expect(restore({ mode }, { signal: stop.signal, onProgress })).rejects.toThrow(
			'The restore was cancelled. The server has the data of before.',
		);
		expect(await content()).toEqual(before);
		await expectOrdinaryMaster();
	});

	test.each([BYTES / 2, BYTES])(
		'after %d bytes one of the two is there, and it is said which',
		async (sent) => {
			const stop = new AbortController();
			const onProgress = (phase: string, done: number) =>
				phase === 'restoring' && done >= sent && stop.abort();
			const message = await restore({ mode }, { signal: stop.signal, onProgress }).then(
				() => 'The server has the restored data.',
				(error: Error) => error.message,
			);
			const isBefore = JSON.stringify(await content()) === JSON.stringify(before);
			expect(message).toContain(isBefore ? 'has the data of before' : 'has the restored data');
			await expectOrdinaryMaster();
		},
	);
});

test.each(['fetching', 'safety-snapshot'])('cancelled while %s', async (moment) => {
	const stop = new AbortController();
	const attempt = restore(
		{},
		{
			signal: stop.signal,
			createSafetySnapshot: async () =>
				await new Promise((_, reject) => {
					stop.signal.addEventListener('abort', () => reject(new Error('stopped')));
				}),
			onProgress: (phase) => {
				if (phase === moment) setImmediate(() => stop.abort());
			},
		},
	);
	await expect(attempt).rejects.toThrow(
		/^The re(store|ading the backup) was cancelled\.$|^Reading/,
	);
	expect(await content()).toEqual(before);
	await expectOrdinaryMaster();
});

describe.each(MODES)('the server is killed in the middle, %s', (mode) => {
	const killAt = (sent: number, after: () => Promise<void>) => {
		let killed: Promise<void> | undefined;
		return {
			context: {
				limits: { unreachable: 2000 },
				onProgress: (phase: string, done: number) => {
					if (phase === 'restoring' && done >= sent) killed ??= target.kill().then(after);
				},
			},
			killed: async () => await killed,
		};
	};

	test('and comes back: nothing is left of the restore', async () => {
		const { context, killed } = killAt(10_000_000, async () => await target.start());
		await expect(restore({ mode }, context)).rejects.toThrow(
			/broke off after [\d,]+ bytes.*which data it has is unknown\./,
		);
		await killed();
		expect(await content()).toEqual(before);
		await expectOrdinaryMaster();
	});

	test('and stays away: that is said, and it comes back as it was', async () => {
		const { context, killed } = killAt(10_000_000, async () => undefined);
		await expect(restore({ mode }, context)).rejects.toThrow(
			/could not be made a master again.*It followed this: The restore broke off/,
		);
		await killed();
		await target.start();
		expect(await content()).toEqual(before);
		await expectOrdinaryMaster();
	});
});

test('a server that does not come is waited for no longer than the limit', async () => {
	const closed = await freePort();
	const attempt = restore(
		{
			reachability: {
				...{ bindAddress: '127.0.0.1', port: 0, advertisedHost: '127.0.0.1' },
				advertisedPort: closed,
			},
		},
		{ limits: { waiting: 1500 } },
	);
	await expect(attempt).rejects.toThrow(
		`The server did not connect to 127.0.0.1:${closed} within 2 seconds. The server has the data of before.`,
	);
	await expectOrdinaryMaster();
});

test('a server from another address is turned away, and that is said', async () => {
	const attempt = restore(
		{
			reachability: {
				...{ bindAddress: '127.0.0.1', port: 0, advertisedHost: '127.0.0.1' },
				serverAddresses: ['192.0.2.1'],
			},
		},
		{ limits: { waiting: 1500 } },
	);
	await expect(attempt).rejects.toMatchObject({
		hint: expect.stringContaining('A connection from 127.0.0.1 was turned away.'),
	});
	await expectOrdinaryMaster();
});

test('a server that stands still is given up, and healed when it goes on', async () => {
	let stopped = false;
	const attempt = restore(
		{ mode: 'disk' },
		{
			limits: { sending: 1000, unreachable: 1000 },
			onProgress: (phase, done) => {
				if (phase !== 'restoring' || done < 5_000_000 || stopped) return;
				stopped = true;
				process.kill(target.pid, 'SIGSTOP');
				setTimeout(() => process.kill(target.pid, 'SIGCONT'), 4000);
			},
		},
	);
	await expect(attempt).rejects.toThrow(/took no more data for 1 seconds.*data of before/);
	expect(await content()).toEqual(before);
	await expectOrdinaryMaster();
}, 60_000);

test('of two restores at once one is refused', async () => {
	const results = await Promise.allSettled([restore(), restore({ mode: 'swap' })]);
	const refused = results.filter((result) => result.status === 'rejected');
	expect(refused.map(({ reason }: PromiseRejectedResult) => String(reason.message))).toEqual([
		'Another restore into this server is running.',
	]);
	expect(await content()).toMatchObject({ count: 200 });
	await expectOrdinaryMaster();
});

test('a save that is under way is waited for, since it may be of the data of before', async () => {
	await withSession(target, async (session) => {
		await session.changeSetting('rdb-key-save-delay', '10000');
		let saving: Promise<unknown> | undefined;
		const onProgress = (phase: string) => {
			if (phase === 'saving') saving ??= session.client.bgsave();
		};
		const { warnings } = await restore({ mode: 'swap' }, { onProgress });
		expect(await saving).toBe('Background saving started');
		expect(warnings).toEqual([]);
		await session.changeSetting('rdb-key-save-delay', '0');
	});
});

describe('commands', () => {
	const commands = { method: 'commands' as const };

	test('keys that exist are found before anything is changed', async () => {
		await expect(restore({ ...commands, existing: 'fail' })).rejects.toThrow(
			/^Keys to restore are there already: "key:\d+" in database 0, .*, and 45 more\.$/,
		);
		expect(await content()).toEqual(before);
	});

	test('a server that refuses a key stops the restore, and what was done is said', async () => {
		await withSession(target, async (session) => {
			await session.changeSetting('maxmemory', '12mb');
			await session.changeSetting('maxmemory-policy', 'noeviction');
		});
		try {
			// The file says what it took in memory, which is found first; so that is made unreadable.
			const small = Buffer.from(rdb);
			small.write('unknown-', small.indexOf('used-mem'), 'latin1');
			const body = small.subarray(0, -8);
			const attempt = restore(
				{ ...commands, flush: true },
				{},
				Buffer.concat([body, new Crc64().update(body).toBuffer()]),
			);
			await expect(attempt).rejects.toThrow(
				/^The restore stopped at key "key:\d+" of database 0: OOM .* Restored: \d+ in database 0; what was there before was removed\.$/,
			);
		} finally {
			await withSession(target, async (session) => await session.changeSetting('maxmemory', '0'));
		}
	});

	test('cancelled, they say how far they came', async () => {
		const stop = new AbortController();
		const attempt = restore(
			{ ...commands },
			{
				signal: stop.signal,
				onProgress: (phase, done) => {
					if (phase === 'restoring' && done > 0) stop.abort();
				},
			},
		);
		const message = await attempt.catch((error: Error) => error.message);
		const [, restored] =
			/^The restore was cancelled\. Restored: (\d+) in database 0\.$/.exec(String(message)) ?? [];
		expect(Number(restored)).toBeGreaterThan(0);
		expect(Number(restored)).toBeLessThan(200);
		await withSession(target, async ({ client }) => {
			expect(await client.dbsize()).toBeGreaterThanOrEqual(Number(restored));
		});
	});

	test('a value longer than the server takes is found first', async () => {
		const limit = async (value: string) =>
			await withSession(
				target,
				async (session) => await session.changeSetting('proto-max-bulk-len', value),
			);
		await withSession(
			target,
			async ({ client }) => await client.set('long', randomBytes(3_000_000)),
		);
		const withLong = await rdbOf(target);
		await limit('1mb');
		try {
			await expect(restore({ ...commands, flush: true }, {}, withLong)).rejects.toThrow(
				'a value takes 4 MB, and the server takes 2 MB in one command (proto-max-bulk-len)',
			);
			const selection = { pattern: 'lo*' };
			await expect(restore({ ...commands, selection }, {}, withLong)).rejects.toThrow(
				/^The restore stopped at key "long" of database 0: its value takes 3,0.* No key was restored\.$/,
			);
		} finally {
			await limit('512mb');
		}
	});
});
