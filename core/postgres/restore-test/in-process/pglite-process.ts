import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ConfigurationError } from '../../../errors';
import { collectLines } from '../../engines/message-lines';
import { type PgliteJob, WIRE_DESCRIPTOR } from './job';

/** V8's simple compiler is enough, and spares 600 MB that the optimizing one takes for a moment. */
const NODE_OPTIONS = ['--liftoff-only'];
/** Windows starts nothing without it. No other variable is passed on: there are secrets in some. */
const PASSED_ON = ['SYSTEMROOT'];

/** A test database in a process of its own. */
export interface PgliteProcess {
	readonly pid: number | undefined;
	/** Speaks the protocol of PostgreSQL, as a server does after the encryption is agreed upon. */
	readonly wire: Socket;
	/** Resolves when the process is gone: with its fault, for people, or with nothing. */
	readonly ended: Promise<string | undefined>;
	/** Kills it, and resolves when it is gone. */
	kill(): Promise<void>;
}

/** Starts the process; aborting `signal` kills it. */
export function startPglite(job: PgliteJob, signal?: AbortSignal): PgliteProcess {
	const child = spawn(
		process.execPath,
		[...NODE_OPTIONS, join(__dirname, 'child.js'), JSON.stringify(job)],
		{
			env: passedOn(),
			stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
			// Its own folder may be removed while it runs.
			cwd: __dirname,
			windowsHide: true,
		},
	);
	const kill = () => void child.kill('SIGKILL');
	if (signal?.aborted) kill();
	else signal?.addEventListener('abort', kill);
	const wire = child.stdio[WIRE_DESCRIPTOR] as Socket;
	for (const pipe of [child.stdin, wire]) pipe?.on('error', () => undefined);
	const ended = untilEnded(child).finally(() => signal?.removeEventListener('abort', kill));
	return {
		pid: child.pid,
		wire,
		ended,
		kill: async () => {
			kill();
			await ended;
		},
	};
}

/** Makes an empty database in an empty folder. Rejects with `ConfigurationError`. */
export async function createDataDirectory(
	dataDirectory: string,
	signal?: AbortSignal,
): Promise<void> {
	const job: PgliteJob = {
		...{ task: 'create', dataDirectory, extensions: [] },
		locksPerTransaction: 64,
	};
	const fault = await startPglite(job, signal).ended;
	signal?.throwIfAborted();
	if (fault === undefined) return;
	throw new ConfigurationError(`The test database could not be created: it ${fault}.`, {
		hint: 'It needs about 1 GB of memory the first time. Give n8n more, or set a scratch server for the restore test.',
	});
}

function untilEnded(child: ChildProcess): Promise<string | undefined> {
	const messages = collectLines(child.stderr as Readable);
	return new Promise((resolve) => {
		child.once('error', (error) => {
			if (child.pid === undefined) resolve(`could not be started (${error.message})`);
		});
		child.once('close', (code, signal) => {
			const [last] = messages.lines.slice(-1);
			const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
			resolve(code === 0 ? undefined : last ? `${how} (${last})` : how);
		});
	});
}

function passedOn(): Record<string, string> {
	return Object.fromEntries(
		PASSED_ON.flatMap((name) => {
			const value = process.env[name];
			return value === undefined ? [] : [[name, value]];
		}),
	);
}
