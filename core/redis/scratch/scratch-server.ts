import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { ConfigurationError, type DisasterRecoveryError, RestoreError } from '../../errors';
import { cancelled } from '../../repository/cancellation';
import { logInOver } from '../connection';
import type { RedisServer } from '../server';
import type { ServerProgram } from './find-server';
import { guardServer } from './guard';

const POLL_MS = 50;
const LOG_BYTES = 8 * 1024;
/** The name of the file that a server loads when it starts. */
export const DUMP_FILE = 'dump.rdb';

/** A private folder, in which a server can be started that nobody else can reach. */
export class ScratchServer {
	private child: ChildProcessWithoutNullStreams | undefined;
	private release: () => void = () => undefined;
	private log = '';
	private readonly password = randomBytes(24).toString('hex');

	private constructor(
		readonly program: ServerProgram,
		/** Where a file to load can be put before the start. */
		readonly folder: string,
	) {}

	static async create(program: ServerProgram, directory = tmpdir()): Promise<ScratchServer> {
		return new ScratchServer(program, await mkdtemp(join(directory, 'dr-redis-')));
	}

	/** How it is addressed in commands; it has no address in the network. */
	get server(): RedisServer {
		return {
			...{ host: 'localhost', port: 0, username: '', password: this.password },
			...{ database: 0, tls: { mode: 'disable' } },
		};
	}

	/**
	 * Starts the server, waits until it has loaded the file in its folder, and logs in. Rejects with
	 * `RestoreError` that quotes the server's log when it refuses the file, with `ConfigurationError`
	 * when it does not know its format, and with `CancelledError`.
	 */
	async start(databases: number, signal?: AbortSignal): Promise<Redis> {
		const { folder, program } = this;
		const child = spawn(program.path, ['-'], { cwd: folder, env: {}, windowsHide: true });
		this.child = child;
		child.stdin.on('error', () => undefined);
		child.stdout.on('data', (chunk: Buffer) => this.remember(chunk));
		child.stderr.on('data', (chunk: Buffer) => this.remember(chunk));
		await once(child, 'spawn');
		this.release = guardServer(child.pid as number, folder);
		// By standard input: the command line is there for everybody to read.
		child.stdin.end(`${configuration(folder, this.password, databases).join('\n')}\n`);
		return await this.waitUntilLoaded(child, signal);
	}

	/** Opens a stream to the server, without a login. */
	async open(): Promise<ReturnType<typeof connectTo>> {
		const socket = connectTo({ path: join(this.folder, 'socket') });
		await once(socket, 'connect');
		return socket;
	}

	/** Ends the server, and removes its folder with all that is in it. */
	async remove(): Promise<void> {
		const { child } = this;
		if (child && isRunning(child)) {
			const ended = once(child, 'exit');
			child.kill('SIGKILL');
			await ended;
		}
		await rm(this.folder, { recursive: true, force: true });
		this.release();
	}

	private async waitUntilLoaded(
		child: ChildProcessWithoutNullStreams,
		signal?: AbortSignal,
	): Promise<Redis> {
		for (;;) {
			if (signal?.aborted) throw cancelled('The restore test');
			if (!isRunning(child)) throw this.refused();
			const client = await this.connectWhenLoaded(signal);
			if (client) return client;
			await sleep(POLL_MS);
		}
	}

	private async connectWhenLoaded(signal?: AbortSignal): Promise<Redis | undefined> {
		try {
			const client = await logInOver(await this.open(), this.server, signal);
			if (/^loading:0\r?$/m.test(await client.info('persistence'))) return client;
			client.disconnect();
		} catch {
			// It does not listen yet, or has ended; which of both, the next round sees.
		}
		return undefined;
	}

	private refused(): DisasterRecoveryError {
		if (/Can't handle RDB format version/.test(this.log)) return unfit(this.program);
		const reasons = this.log.split('\n').filter((line) => / # |FATAL|fatal/.test(line));
		const words = reasons.slice(-3).map((line) => line.replace(/^.*? # /, '').trim());
		return new RestoreError(
			`The server ${this.program.version} did not load the snapshot: ${words.join(' ') || 'it ended without a reason'}`,
			{
				hint: 'It may need a newer server, or modules. If the server is as new as the one that was backed up, this backup cannot be restored: make a new one.',
			},
		);
	}

	private remember(chunk: Buffer): void {
		this.log = (this.log + chunk.toString('latin1')).slice(-LOG_BYTES);
	}
}

/** The error of a test server that is too old, or of another kind: it says nothing of the snapshot. */
export function unfit({ flavor, version }: ServerProgram): ConfigurationError {
	return new ConfigurationError(
		`The ${flavor}-server ${version} of this machine does not know the format of the snapshot.`,
		{
			hint: 'Install one of the kind and version of the server that was backed up, or newer, or verify at the level "readable".',
		},
	);
}

function configuration(folder: string, password: string, databases: number): string[] {
	return [
		'port 0',
		`unixsocket ${JSON.stringify(join(folder, 'socket'))}`,
		'unixsocketperm 700',
		`requirepass ${password}`,
		`dir ${JSON.stringify(folder)}`,
		`dbfilename ${DUMP_FILE}`,
		'save ""',
		'appendonly no',
		`databases ${Math.max(16, databases)}`,
		// Looks into every value, which a server in service is spared.
		'sanitize-dump-payload yes',
		'proto-max-bulk-len 4gb',
		'logfile ""',
		// Where memory runs out, this server is the one to go.
		'oom-score-adj absolute',
		'oom-score-adj-values 900 900 900',
	];
}

function isRunning(child: ChildProcessWithoutNullStreams): boolean {
	return child.exitCode === null && child.signalCode === null;
}
