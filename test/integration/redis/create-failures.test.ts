import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { CancelledError, ConfigurationError } from '../../../core/errors';
import { listBackups } from '../../../core/repository/catalogue';
import { connectionsTo } from '../../support/process-table';
import { eventually } from '../../support/eventually';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { SnapshotBench } from './snapshot-bench';

const SNAPSHOT_PROCESS = join(__dirname, '../../support/kill-in-mid-snapshot.mjs');

let redis: RunningRedis;
let admin: Redis;
let bench: SnapshotBench;

beforeEach(async () => {
	// The server takes its time for each key, so that there is a middle of the transfer.
	redis = await startRedis({ settings: ['rdb-key-save-delay 2000', 'rdbcompression no'] });
	admin = redis.admin();
	await admin.call('DEBUG', 'POPULATE', '2000', 'key', '5000');
	bench = await SnapshotBench.open();
});
afterEach(async () => {
	admin.disconnect();
	await redis.stop();
	await bench.remove();
});

/** Calls back once, when some of the snapshot has come. */
function inTheMiddle(act: () => void) {
	let done = false;
	return ({ phase, rawBytes }: { phase: string; rawBytes: number }) => {
		if (done || phase !== 'receiving' || rawBytes < 100_000) return;
		done = true;
		act();
	};
}

async function expectNothingLeft(): Promise<void> {
	expect(await bench.leftovers()).toEqual([]);
	await eventually(async () => expect(await connectionsTo(redis.port, process.pid)).toBe(1));
}

it('leaves nothing when the server is killed in the middle of a transfer', async () => {
	const onProgress = inTheMiddle(() => process.kill(redis.pid, 'SIGKILL'));
	const failure = bench.create(redis.server(), {}, { onProgress });
	await expect(failure).rejects.toThrow(/broke the snapshot off, after \d+ MB/);
	expect(await bench.leftovers()).toEqual([]);
});

it.each(['replication', 'commands'] as const)(
	'leaves nothing when it is cancelled while reading by %s',
	async (method) => {
		const stop = new AbortController();
		const onProgress = ({ rawBytes }: { rawBytes: number }) => {
			if (rawBytes > 100_000) stop.abort();
		};
		const failure = bench.create(redis.server(), { method }, { onProgress, signal: stop.signal });
		await expect(failure).rejects.toThrow(CancelledError);
		await expectNothingLeft();
	},
);

it('leaves nothing when the connection breaks while reading by commands', async () => {
	const onProgress = ({ rawBytes }: { rawBytes: number }) => {
		if (rawBytes > 100_000) void admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
	};
	const failure = bench.create(redis.server(), { method: 'commands' }, { onProgress });
	await expect(failure).rejects.toThrow('connection to the Redis server was lost');
	await expectNothingLeft();
});

it.each(['replication', 'commands'] as const)(
	'leaves no temporary file, nor anything that looks like a backup, when it is killed while reading by %s',
	async (method) => {
		const { password, ...server } = redis.server();
		const settings = JSON.stringify({ server, directory: bench.directory, method });
		const child = spawn(process.execPath, [SNAPSHOT_PROCESS, settings], {
			env: { ...process.env, PASSWORD: password },
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		await once(child.stdout, 'data');
		const ended = once(child, 'exit');
		child.kill('SIGKILL');
		expect(await ended).toEqual([null, 'SIGKILL']);
		// What a killed run may leave is unfinished, and goes with the next prune.
		const finished = (await bench.leftovers()).filter((name) => !name.endsWith('.partial'));
		expect(finished).toEqual([]);
		expect((await listBackups(bench.repository, { component: 'redis' })).backups).toEqual([]);
	},
);

it('gives up a server that sends nothing any more', async () => {
	const onProgress = inTheMiddle(() => {
		// What the process that sends has to say goes through the server.
		admin.call('DEBUG', 'SLEEP', '3').catch(() => undefined);
	});
	const failure = bench.create(redis.server(), {}, { onProgress, idleTimeoutMs: 1000 });
	await expect(failure).rejects.toThrow('has sent nothing for 1 seconds');
	expect(await bench.leftovers()).toEqual([]);
});

it('gives up a server that does not begin', async () => {
	await admin.config('SET', 'repl-diskless-sync-delay', '30');
	const failure = bench.create(redis.server(), {}, { startTimeoutMs: 2500 });
	await expect(failure).rejects.toThrow('did not begin its snapshot within 3 seconds');
	await expectNothingLeft();
});

it('says why a replica without its master gives none', async () => {
	await admin.call('REPLICAOF', '127.0.0.1', '1');
	await expect(bench.create(redis.server())).rejects.toThrow('lost its master');
	await expectNothingLeft();
});

it('needs a folder for its spool', async () => {
	const failure = bench.create(redis.server(), { spoolDirectory: '/nowhere/at/all' });
	await expect(failure).rejects.toThrow(ConfigurationError);
});

it('stores nothing of a snapshot in which a byte was changed on its way', async () => {
	await admin.config('SET', 'rdb-key-save-delay', '0');
	const proxy = await startBendingProxy(redis, 1_000_000);
	try {
		const server = redis.server({ port: proxy.port });
		await expect(bench.create(server)).rejects.toThrow('not a whole snapshot');
		expect(await bench.leftovers()).toEqual([]);
	} finally {
		await proxy.close();
	}
});

it('lets two runs at once each make a backup of its own', async () => {
	await admin.config('SET', 'rdb-key-save-delay', '0');
	const runs = await Promise.all([bench.create(redis.server()), bench.create(redis.server())]);
	expect(new Set(runs.map(({ id }) => id)).size).toBe(2);
});

/** Passes everything on, but flips a bit of one byte that the server sends. */
async function startBendingProxy(target: { host: string; port: number }, at: number) {
	const open = new Set<Socket>();
	const server = createServer((client) => {
		const upstream = connect(target);
		let seen = 0;
		for (const socket of [client, upstream]) {
			open.add(socket);
			socket.on('error', () => undefined).on('close', () => open.delete(socket));
		}
		client.pipe(upstream);
		upstream.on('data', (chunk: Buffer) => {
			const index = at - seen;
			if (index >= 0 && index < chunk.length) chunk[index] = (chunk[index] as number) ^ 1;
			seen += chunk.length;
			client.write(chunk);
		});
		upstream.on('end', () => client.end());
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		port: (server.address() as AddressInfo).port,
		close: async () => {
			for (const socket of open) socket.destroy();
			server.close();
			await sleep(0);
		},
	};
}
