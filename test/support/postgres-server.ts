import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';

import type { PostgresServer } from '../../core/postgres/connection';
import { freePort } from './free-port';
import { postgresBinaries, type PostgresMajor } from './postgres-binaries';
import {
	copyCluster,
	createCluster,
	installCertificate,
	readableBinaries,
	SUPERUSER,
	type Layout,
} from './postgres-cluster';
import { guardProcess } from './process-guard';
import { unprivilegedUser, type UserIds } from './unprivileged-user';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;
const START_ATTEMPTS = 5;
const HOST = '127.0.0.1';

/** Nobody keeps these databases: what costs time for durability is off. */
const THROW_AWAY = {
	...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
	// In the data directory, not in /dev/shm: a server that is killed leaves it behind.
	dynamic_shared_memory_type: 'mmap',
};

export interface PostgresOptions {
	/** Default 16: needs nothing but npm. */
	major?: PostgresMajor;
	/** Offers TLS with a certificate of an authority of its own, see `ca`. */
	tls?: boolean;
	/** A running server of the same major to follow, as a hot standby with the same logins. */
	primary?: RunningPostgres;
	/** Server settings, e.g. `{ max_connections: '10' }`. */
	settings?: Readonly<Record<string, string>>;
}

/** A server that is up, with a password of its own that all of its databases ask for. */
export interface RunningPostgres {
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly password: string;
	readonly pid: number;
	readonly major: PostgresMajor;
	/** PEM text of the authority that signed the server's certificate; only with `tls`. */
	readonly ca?: string;
	/** What the server wrote to its log. */
	readonly logFile: string;
	/** Holds `pg_hba.conf` for tests of login methods; `select pg_reload_conf()` makes it count. */
	readonly dataDirectory: string;
	readonly socketDirectory: string;
	/** A connected superuser; the caller ends it. */
	admin(database?: string): Promise<Client>;
	url(database?: string): string;
	/** The server in the words of `core/postgres/connection`. */
	server(database?: string): PostgresServer;
	/**
	 * Ends the server at once, as `kill -9` (`SIGKILL`) or `pg_ctl stop -m immediate` (`SIGQUIT`) do, and
	 * resolves with what starts it again, in the same place and with crash recovery.
	 */
	crash(how: 'SIGKILL' | 'SIGQUIT'): Promise<() => Promise<void>>;
	/** Fast shutdown, then everything is removed. Safe to call twice. */
	stop(): Promise<void>;
}

/** Starts a throw-away server; rejects, with the server's own log, when it does not come up. */
export async function startPostgres(options: PostgresOptions = {}): Promise<RunningPostgres> {
	const major = options.major ?? 16;
	const owner = await unprivilegedUser();
	const home = await mkdtemp(join(tmpdir(), `dr-postgres-${major}-`));
	try {
		const binaries = await readableBinaries(await postgresBinaries(major), home, owner);
		const { primary } = options;
		const password = primary?.password ?? randomBytes(18).toString('base64url');
		const layout = primary
			? await copyCluster(home, primary, owner)
			: await createCluster(home, binaries, password, owner);
		const ca = options.tls ? await installCertificate(layout.data, owner) : undefined;
		const settings = { ...THROW_AWAY, ...(ca && { ssl: 'on' }), ...options.settings };
		const started = await startOnFreePort(binaries, layout, settings, owner);
		const startAgain = () => startAt(started.port, binaries, layout, settings, owner);
		return describe({ major, password, ca, home, layout, started, startAgain });
	} catch (error) {
		await rm(home, { recursive: true, force: true });
		throw error;
	}
}

interface Started {
	child: ChildProcess;
	pid: number;
	port: number;
	release: () => void;
}

async function startOnFreePort(
	binaries: string,
	layout: Layout,
	settings: Record<string, string>,
	owner?: UserIds,
): Promise<Started> {
	for (let attempt = 1; ; attempt++) {
		const started = await spawnServer(binaries, layout, settings, await freePort(), owner);
		if (await isReady(started, layout)) return started;
		started.release();
		await end(started.child);
		const log = await readFile(layout.log, 'utf8');
		// Another process can be given the same port between our looking and the server's binding.
		if (attempt < START_ATTEMPTS && /Address already in use/.test(log)) continue;
		throw new Error(`The PostgreSQL server did not start. Its log:\n${log}`);
	}
}

/** What a crashed server has left at work keeps the next one from starting for a moment. */
async function startAt(
	port: number,
	...server: [string, Layout, Record<string, string>, UserIds | undefined]
): Promise<Started> {
	const [binaries, layout, settings, owner] = server;
	for (const limit = Date.now() + START_LIMIT_MS; ; await sleep(100)) {
		const started = await spawnServer(binaries, layout, settings, port, owner);
		if (await isReady(started, layout)) return started;
		started.release();
		await end(started.child);
		if (Date.now() > limit) throw new Error('The PostgreSQL server did not start again.');
	}
}

async function spawnServer(
	binaries: string,
	layout: Layout,
	settings: Record<string, string>,
	port: number,
	owner?: UserIds,
): Promise<Started> {
	const all = {
		...settings,
		port: String(port),
		listen_addresses: HOST,
		unix_socket_directories: layout.sockets,
	};
	const log = await open(layout.log, 'w');
	try {
		const child = spawn(
			join(binaries, 'postgres'),
			['-D', layout.data, ...Object.entries(all).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
			// A session of its own: Ctrl-C in the terminal is for the test to handle, not for the server.
			{ ...owner, cwd: layout.data, stdio: ['ignore', log.fd, log.fd], detached: true },
		);
		await once(child, 'spawn');
		child.unref();
		const pid = child.pid as number;
		return { child, pid, port, release: guardProcess(pid, dirname(layout.data)) };
	} finally {
		await log.close();
	}
}

/** False when the server ended by itself or the time is up. */
async function isReady({ child }: Started, layout: Layout): Promise<boolean> {
	const status = join(layout.data, 'postmaster.pid');
	for (const limit = Date.now() + START_LIMIT_MS; Date.now() < limit; await sleep(25)) {
		if (child.exitCode !== null || child.signalCode !== null) return false;
		// Line 8 is the server's own word about its state, as read by pg_ctl; line 1 tells of which server.
		const lines = (await readFile(status, 'utf8').catch(() => '')).split('\n');
		const isUp = ['ready', 'standby'].includes(lines[7]?.trim() ?? '');
		if (isUp && lines[0] === String(child.pid)) return true;
	}
	return false;
}

/** Fast shutdown: sessions are ended, nothing waits for them. */
async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = once(child, 'exit');
	child.ref();
	child.kill('SIGINT');
	const force = setTimeout(() => child.kill('SIGQUIT'), STOP_LIMIT_MS);
	await ended;
	clearTimeout(force);
}

function describe(parts: {
	major: PostgresMajor;
	password: string;
	ca: string | undefined;
	home: string;
	layout: Layout;
	started: Started;
	startAgain: () => Promise<Started>;
}): RunningPostgres {
	const { password, ca, layout } = parts;
	const { port } = parts.started;
	let current = parts.started;
	const server = (database = SUPERUSER): PostgresServer => ({
		...{ host: HOST, port, user: SUPERUSER, password, database },
		tls: ca === undefined ? { mode: 'disable' } : { mode: 'verify-full', ca },
	});
	return {
		...{ host: HOST, port, user: SUPERUSER, password, major: parts.major, ca },
		get pid() {
			return current.pid;
		},
		...{ logFile: layout.log, dataDirectory: layout.data, socketDirectory: layout.sockets },
		server,
		url: (database = SUPERUSER) =>
			`postgres://${SUPERUSER}:${password}@${HOST}:${port}/${database}`,
		admin: async (database = SUPERUSER) => {
			const { tls, ...address } = server(database);
			const client = new Client({ ...address, ssl: tls.mode === 'disable' ? false : { ca } });
			// The test may stop the server under this session; that is no reason to end the test run.
			client.on('error', () => undefined);
			await client.connect();
			return client;
		},
		crash: async (how) => {
			const { child, release } = current;
			const ended = once(child, 'exit');
			child.ref();
			child.kill(how);
			await ended;
			release();
			return async () => {
				current = await parts.startAgain();
			};
		},
		stop: async () => {
			await end(current.child);
			current.release();
			await rm(parts.home, { recursive: true, force: true });
		},
	};
}
