import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { guardProcess } from '../process-guard';

const READY_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 30_000;
const COMMAND_LIMIT_MS = 120_000;
const LOG_LINES_SHOWN = 40;

/** One n8n program and everything it is started with. */
export interface N8nCommand {
	program: string;
	arguments: readonly string[];
	environment: NodeJS.ProcessEnv;
}

export interface N8nProcess {
	readonly pid: number;
	/** Where it answers, with a slash at the end. */
	readonly url: string;
	readonly logFile: string;
	/** What was logged last, for the error of whoever was let down. */
	logTail(): Promise<string>;
	/** Ends n8n alone, and gives it no moment to prepare for that; to be followed by `stop`. */
	kill(): Promise<void>;
	/** Ends n8n and the task runner below it. Safe to call twice. */
	stop(): Promise<void>;
}

/**
 * Starts a long-running n8n process and waits until it says at `url` that it is ready. Rejects with the end of
 * the log when n8n ends before that or needs more than two minutes.
 *
 * @param folder is removed if this process dies without stopping n8n
 */
export async function startN8nProcess(
	command: N8nCommand,
	url: string,
	logFile: string,
	folder: string,
	signal?: AbortSignal,
): Promise<N8nProcess> {
	const log = await open(logFile, 'a');
	const child = spawn(process.execPath, [command.program, ...command.arguments], {
		cwd: folder,
		env: command.environment,
		stdio: ['ignore', log.fd, log.fd],
		// A group of its own: Ctrl-C is for us to handle, and what n8n starts can be ended with it.
		detached: true,
	});
	try {
		await once(child, 'spawn');
	} finally {
		await log.close();
	}
	child.unref();
	const pid = child.pid as number;
	const release = guardProcess(-pid, folder);
	const logTail = async () => await tailOf(logFile);
	const stop = async () => {
		await end(child);
		release();
	};
	try {
		await waitUntilReady(child, new URL('healthz/readiness', url), signal);
	} catch (error) {
		await stop();
		if (signal?.aborted) throw error;
		throw new Error(`${(error as Error).message} The end of its log:\n${await logTail()}`);
	}
	const kill = async () => {
		const ended = once(child, 'exit');
		child.ref();
		child.kill('SIGKILL');
		await ended;
	};
	return { pid, url, logFile, logTail, kill, stop };
}

/** Runs an n8n command to its end; rejects with what it printed when it fails. */
export async function runN8nCommand(command: N8nCommand, cwd: string): Promise<void> {
	await promisify(execFile)(process.execPath, [command.program, ...command.arguments], {
		cwd,
		env: command.environment,
		timeout: COMMAND_LIMIT_MS,
		maxBuffer: 2 ** 26,
	});
}

async function waitUntilReady(
	child: ChildProcess,
	healthUrl: URL,
	signal?: AbortSignal,
): Promise<void> {
	for (const limit = Date.now() + READY_LIMIT_MS; Date.now() < limit; await sleep(100)) {
		signal?.throwIfAborted();
		if (hasEnded(child)) throw new Error('n8n ended before it was ready.');
		if (await isReady(healthUrl)) return;
	}
	throw new Error(`n8n was not ready after ${READY_LIMIT_MS / 1000} s.`);
}

/** Looks at the answer too: a server of somebody else may have taken the port in the meantime. */
async function isReady(healthUrl: URL): Promise<boolean> {
	try {
		const { status } = (await (await fetch(healthUrl)).json()) as { status?: unknown };
		return status === 'ok';
	} catch {
		return false;
	}
}

async function end(child: ChildProcess): Promise<void> {
	const group = -(child.pid as number);
	if (!hasEnded(child)) {
		const ended = once(child, 'exit');
		child.ref();
		child.kill('SIGTERM');
		const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
		await ended;
		clearTimeout(force);
	}
	try {
		process.kill(group, 'SIGKILL');
	} catch {
		// Nobody is left in the group, as it should be.
	}
}

function hasEnded(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}

async function tailOf(file: string): Promise<string> {
	const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
	return lines.slice(-LOG_LINES_SHOWN).join('\n');
}
