import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from 'pg';

import { runInWorker } from '../../../core/postgres/engines/embedded/run-in-worker';
import { startPostgres, type RunningPostgres } from '../../support/postgres-server';
import { programsWith, workerThreads } from '../../support/process-table';
import { dumpArchive, dumpFailure, dumpSessions, startDump, untilWaiting } from './dumping';

/** Kinds of handles that a dump uses, as many as this process has now. */
function openHandles(): string[] {
	return process
		.getActiveResourcesInfo()
		.filter((kind) => /TCPSocket|TLS|MessagePort/.test(kind))
		.sort();
}

describe.each([
	['without TLS', false],
	['with TLS', true],
])('a dump %s that goes wrong', (_name, tls) => {
	let postgres: RunningPostgres;
	let admin: Client;

	beforeAll(async () => {
		postgres = await startPostgres({ major: 15, tls });
		admin = await postgres.admin();
		await admin.query(`create table t as
			select i, repeat(md5(i::text), 30) from generate_series(1, 100000) i`);
	});
	afterAll(async () => {
		await admin?.end();
		await postgres?.stop();
	});

	async function expectNothingLeft(handlesBefore: string[]): Promise<void> {
		// The server needs a moment to notice.
		for (let i = 0; i < 100 && (await dumpSessions(admin)).length > 0; i++) await sleep(50);
		expect(await dumpSessions(admin)).toEqual([]);
		expect(openHandles()).toEqual(handlesBefore);
		expect(await workerThreads()).toEqual([]);
		expect(await programsWith([`PGPORT=${postgres.port}`])).toEqual([]);
	}

	/** Reads a little of the dump, so that it is in the middle of the data. */
	async function startedDump(signal?: AbortSignal) {
		const dump = startDump(postgres.server(), { signal });
		await once(dump.stream, 'readable');
		dump.stream.read();
		return dump;
	}

	it('leaves nothing behind when it is cancelled, whenever that is', async () => {
		const handles = openHandles();
		// From before the first packet to the middle of the data.
		for (const delay of [0, 1, 5, 20, 40, 60, 80, 120, 200, 300]) {
			const abort = new AbortController();
			const dump = startDump(postgres.server(), { signal: abort.signal });
			const closed = new Promise((resolve) => dump.stream.once('close', resolve));
			// Slow enough for the last of the delays to hit it.
			const reading = setInterval(() => dump.stream.read(), 10);
			try {
				await sleep(delay);
				abort.abort();
				await expect(dump.finished).rejects.toMatchObject({ name: 'CancelledError' });
				await closed;
			} finally {
				clearInterval(reading);
			}
			expect(dump.stream.errored).toMatchObject({ name: 'CancelledError' });
			await expectNothingLeft(handles);
		}
	});

	it('does not even start when it was cancelled before', async () => {
		const dump = startDump(postgres.server(), { signal: AbortSignal.abort() });
		await expect(dump.finished).rejects.toMatchObject({ name: 'CancelledError' });
		expect(await dumpSessions(admin)).toEqual([]);
	});

	it('leaves no session behind that waits for a lock', async () => {
		const handles = openHandles();
		const locker = await postgres.admin();
		await locker.query('begin; lock table t in access exclusive mode');
		const abort = new AbortController();
		const dump = startDump(postgres.server(), { signal: abort.signal });
		await untilWaiting(admin, 'Lock:relation');
		abort.abort();
		await expect(dump.finished).rejects.toMatchObject({ name: 'CancelledError' });
		// The lock is still taken: only a cancel request can have ended the session that waited for it.
		for (let i = 0; i < 100 && (await dumpSessions(admin)).length > 0; i++) await sleep(20);
		expect(await dumpSessions(admin)).toEqual([]);
		await locker.end();
		await expectNothingLeft(handles);
	});

	it('gives up on a lock in the time that it was told', async () => {
		const locker = await postgres.admin();
		await locker.query('begin; lock table t in access exclusive mode');
		const dump = startDump(postgres.server(), { arguments: ['--lock-wait-timeout=100'] });
		const error = await dumpFailure(dump);
		expect(error.name).toBe('BackupError');
		expect(error.message).toContain('canceling statement due to statement timeout');
		expect(error.message).toContain('LOCK TABLE public.t IN ACCESS SHARE MODE');
		await locker.end();
	});

	it('stops when the reader of its stream gives up', async () => {
		const handles = openHandles();
		const dump = await startedDump();
		dump.stream.destroy(new Error('disk full'));
		const error = await dumpFailure(dump);
		expect(error.name).toBe('BackupError');
		expect(error.cause).toMatchObject({ message: 'disk full' });
		await expectNothingLeft(handles);
	});

	it('fails in the words of pg_dump when its session is ended', async () => {
		const handles = openHandles();
		const dump = await startedDump();
		await untilWaiting(admin, 'Client:ClientWrite');
		await admin.query(
			"select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'n8n-dr-pgdump'",
		);
		const error = await dumpFailure(dump);
		expect(error.name).toBe('BackupError');
		// Whether the server's last words get through depends on how full the connection is just then.
		expect(error.message).toMatch(
			/^pg_dump failed: Dumping the contents of table "t" failed: PQget\w+\(\) failed\.\npg_dump: detail: Error message from server: (FATAL: {2}terminating connection due to administrator command|server closed the connection unexpectedly)\n/,
		);
		expect(dump.stream.readableEnded).toBe(false);
		expect(dump.stream.errored).toBe(error);
		await expectNothingLeft(handles);
	});

	it('fails, and never ends its stream, when the network is cut', async () => {
		const handles = openHandles();
		const proxy = await startProxy(postgres, (chunk) => chunk);
		const server = { ...postgres.server(), port: proxy.port };
		const dump = startDump(server);
		await once(dump.stream, 'readable');
		proxy.cut();
		const error = await dumpFailure(dump);
		expect(error.name).toBe('BackupError');
		expect(error.message).toContain('pg_dump failed: ');
		expect(dump.stream.readableEnded).toBe(false);
		await proxy.close();
		await expectNothingLeft(handles);
	});

	it('names what the account must not read', async () => {
		await admin.query("create role poor login password 'p'");
		const server = { ...postgres.server(), user: 'poor', password: 'p' };
		const error = await dumpFailure(startDump(server));
		expect(error.message).toContain('permission denied for table t');
		expect(error.message).toContain('pg_dump: detail: Query was: LOCK TABLE');
	});

	it('fails for a table that is not there', async () => {
		const error = await dumpFailure(
			startDump(postgres.server(), { arguments: ['--table=nosuch'] }),
		);
		expect(error.message).toBe('pg_dump failed: no matching tables were found');
	});

	it('says so when nobody listens at the port', async () => {
		const dump = startDump({ ...postgres.server(), port: 1 });
		expect((await dumpFailure(dump)).name).toBe('ConnectionError');
		expect(dump.stream.destroyed).toBe(true);
	});
});

describe('a worker that dies', () => {
	it('is an error and not a dump that never ends', async () => {
		const nothing = undefined as unknown as SharedArrayBuffer;
		const input = {
			arguments: [],
			environment: {},
			rings: { fromServer: nothing, toServer: nothing, output: nothing },
		};
		await expect(runInWorker(input, new AbortController().signal)).rejects.toMatchObject({
			name: 'BackupError',
			message: expect.stringContaining('built-in pg_dump stopped before it had finished'),
		});
	});
});

describe('a server that is newer than the engine', () => {
	it('is refused by pg_dump', async () => {
		const postgres = await startPostgres({ major: 18 });
		const pretend = (chunk: Buffer) => withVersion(chunk, '19.1');
		const proxy = await startProxy(postgres, pretend);
		try {
			const error = await dumpFailure(startDump({ ...postgres.server(), port: proxy.port }));
			expect(error.message).toBe(
				'pg_dump failed: aborting because of server version mismatch\n' +
					'pg_dump: detail: server version: 19.1; pg_dump version: 18.3',
			);
			expect((await dumpArchive(postgres.server())).tables).toEqual([]);
		} finally {
			await proxy.close();
			await postgres.stop();
		}
	});
});

/** Rewrites the server's ParameterStatus of its version, without changing its length. */
function withVersion(chunk: Buffer, version: string): Buffer {
	const at = chunk.indexOf('server_version\0');
	if (at >= 0) chunk.write(version, at + 'server_version\0'.length, 'latin1');
	return chunk;
}

/** A relay in front of the server that can change what the server says, and be cut. */
async function startProxy(target: RunningPostgres, change: (chunk: Buffer) => Buffer) {
	const sockets = new Set<Socket>();
	const track = (socket: Socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
		return socket;
	};
	const listener = createServer((client) => {
		const server = track(connect(target.port, target.host));
		track(client).pipe(server);
		server.on('data', (chunk: Buffer) => {
			if (!client.write(change(chunk))) server.pause();
		});
		client.on('drain', () => server.resume());
		server.once('close', () => client.destroy());
		client.once('close', () => server.destroy());
	});
	listener.listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const cut = () => {
		for (const socket of sockets) socket.resetAndDestroy();
	};
	return {
		port: (listener.address() as AddressInfo).port,
		cut,
		close: async () => {
			const closed = once(listener, 'close');
			listener.close();
			cut();
			await closed;
		},
	};
}
