import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { NativeTool } from './native-tools';

/** The programs end at once on SIGTERM unless they hang; then they get what cannot be ignored. */
const KILL_AFTER_MS = 5_000;

/** A client program at work. */
export interface NativeProcess {
	readonly child: ChildProcessWithoutNullStreams;
	/**
	 * Resolves when the program has ended and its pipes are closed: to undefined when it ended well,
	 * else to how it ended, for people (`ended with exit code 1`).
	 */
	readonly ended: Promise<string | undefined>;
}

/** Starts a client program of PostgreSQL. An abort ends it; `ended` tells when it has. */
export function startNativeProcess(
	tool: NativeTool,
	programArguments: readonly string[],
	environment: Record<string, string>,
	signal?: AbortSignal,
): NativeProcess {
	const child = spawn(tool.path, programArguments, { env: environment, windowsHide: true });
	// A program that gives up closes its input; its own words say why.
	child.stdin.on('error', () => undefined);
	const stopKilling = killOnAbort(child, signal);
	return { child, ended: untilClosed(child).finally(stopKilling) };
}

function untilClosed(child: ChildProcessWithoutNullStreams): Promise<string | undefined> {
	return new Promise((resolve) => {
		// Without a process there is no exit to come; pipes are closed by Node.
		child.once('error', (error) => {
			if (child.pid === undefined) resolve(`could not be started (${error.message})`);
		});
		child.once('close', (code, signal) => {
			if (code === 0) resolve(undefined);
			else resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`);
		});
	});
}

function killOnAbort(child: ChildProcessWithoutNullStreams, signal?: AbortSignal): () => void {
	let force: NodeJS.Timeout | undefined;
	const kill = () => {
		// What nobody reads any more must not keep the program from ending.
		child.stdout.destroy();
		child.kill('SIGTERM');
		force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
	};
	if (signal?.aborted) kill();
	else signal?.addEventListener('abort', kill);
	return () => {
		clearTimeout(force);
		signal?.removeEventListener('abort', kill);
	};
}
