import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

import { Redis } from 'ioredis';

import type { RedisServer } from '../../core/redis/server';
import { createServerCertificate } from './certificates';
import { freePort } from './free-port';
import { guardProcess, type Release } from './process-guard';

export interface RedisOptions {
	/** Lines of the configuration, e.g. `repl-diskless-sync no`. */
	settings?: readonly string[];
	/** Offers nothing but TLS, with a certificate of an authority of its own, see `ca`. */
	tls?: boolean;
}

export interface RunningRedis {
	readonly host: string;
	readonly port: number;
	readonly password: string;
	/** Of the process that runs now. */
	readonly pid: number;
	/** Where the server keeps its data. */
	readonly folder: string;
	/** PEM text of the authority that signed the server's certificate; only with `tls`. */
	readonly ca?: string;
	/** The server in the words of `core/redis/server`, as the user with all rights. */
	server(changes?: Partial<RedisServer>): RedisServer;
	/** A client with all rights; the caller ends it with `disconnect()`. */
	admin(): Redis;
	/** Ends it as a power cut would. */
	kill(): Promise<void>;
	/** Starts it again, with what it has on disk. */
	start(): Promise<void>;
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_ATTEMPTS = 5;

/** Starts the machine's redis-server with a password, without persistence. */
export async function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await startRedisAt(await freePort(), options);
		} catch (error) {
			// Another process can be given the same port between our looking and the server's binding.
			if (attempt === START_ATTEMPTS || !/Address already in use/.test(String(error))) throw error;
		}
	}
}

async function startRedisAt(port: number, options: RedisOptions): Promise<RunningRedis> {
	const password = randomBytes(12).toString('hex');
	const folder = await mkdtemp(join(tmpdir(), 'dr-test-redis-'));
	const tls = options.tls ? await installCertificate(folder, port) : undefined;
	const settings = [
		...[`bind ${HOST}`, `requirepass ${password}`, `dir ${folder}`],
		...['save ""', 'appendonly no', 'enable-debug-command yes', 'repl-diskless-sync-delay 0'],
		...(tls?.settings ?? [`port ${port}`]),
		...(options.settings ?? []),
	];
	const running = describe({ settings, port, password, folder, ca: tls?.ca });
	try {
		await running.start();
	} catch (error) {
		await running.stop();
		throw error;
	}
	return running;
}

function describe(parts: {
	settings: readonly string[];
	port: number;
	password: string;
	folder: string;
	ca: string | undefined;
}): RunningRedis {
	const { settings, port, password, folder, ca } = parts;
	let current: Launched | undefined;
	const end = async (signal: NodeJS.Signals) => {
		const { child, release } = current ?? {};
		current = undefined;
		if (child && child.exitCode === null && child.signalCode === null) {
			const ended = once(child, 'exit');
			child.kill(signal);
			await ended;
		}
		release?.();
	};
	return {
		...{ host: HOST, port, password, folder },
		get pid() {
			return current?.child.pid as number;
		},
		...(ca !== undefined && { ca }),
		server: (changes = {}) => ({
			...{ host: HOST, port, username: '', password, database: 0 },
			tls: ca === undefined ? { mode: 'disable' } : { mode: 'verify-full', ca },
			...changes,
		}),
		admin: () => {
			const client = new Redis({
				...{ host: HOST, port, password, retryStrategy: null },
				...(ca !== undefined && { tls: { ca } }),
			});
			// The test may stop the server under this client; that is no reason to end the test run.
			client.on('error', () => undefined);
			return client;
		},
		start: async () => {
			current = await launch(folder, settings);
			await listening(current.child);
		},
		kill: async () => await end('SIGKILL'),
		stop: async () => {
			await end('SIGTERM');
			await rm(folder, { recursive: true, force: true });
		},
	};
}

interface Launched {
	child: ChildProcessByStdio<Writable, Readable, null>;
	release: Release;
}

async function launch(folder: string, settings: readonly string[]): Promise<Launched> {
	const child = spawn('redis-server', ['-'], {
		cwd: folder,
		stdio: ['pipe', 'pipe', 'ignore'],
		detached: true,
	});
	await once(child, 'spawn');
	// By standard input: the command line is there for everybody to read.
	child.stdin.end(`${settings.join('\n')}\n`);
	return { child, release: guardProcess(child.pid as number, folder) };
}

/**
 * Resolves when it has its port, by its own log: somebody else may answer there. It may load its data
 * for longer. Rejects with that log where it ends.
 */
async function listening({ stdout }: Launched['child']): Promise<void> {
	let log = '';
	for await (const piece of stdout.iterator({ destroyOnReturn: false })) {
		log += String(piece);
		if (!log.includes('Server initialized')) continue;
		stdout.resume();
		return;
	}
	throw new Error(`redis-server did not start. Its log:\n${log}`);
}

async function installCertificate(folder: string, port: number) {
	const { ca, certificate, key } = await createServerCertificate();
	const [certificateFile, keyFile] = [join(folder, 'server.crt'), join(folder, 'server.key')];
	await writeFile(certificateFile, certificate);
	await writeFile(keyFile, key, { mode: 0o600 });
	const files = [`tls-cert-file ${certificateFile}`, `tls-key-file ${keyFile}`];
	return { ca, settings: ['port 0', `tls-port ${port}`, ...files, 'tls-auth-clients no'] };
}
