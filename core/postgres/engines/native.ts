import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { CancelledError } from '../../errors';
import type { DumpEngine, DumpJob, RunningDump } from './engine';
import { libpqEnvironment } from './libpq-environment';
import { collectLines } from './message-lines';
import type { NativeTool } from './native-tools';
import { pgDumpArguments } from './pg-dump-arguments';
import { pgDumpFailure } from './pg-dump-failure';

/** pg_dump ends at once on SIGTERM unless it hangs; then it gets the signal that cannot be ignored. */
const KILL_AFTER_MS = 5_000;

type PgDump = ChildProcessByStdio<null, Readable, Readable>;

/** The engine that runs a pg_dump of this machine. */
export function nativeEngine(tool: NativeTool): DumpEngine {
	return {
		name: 'native',
		version: tool.version,
		major: tool.major,
		dump: (job, signal) => start(tool, job, signal),
	};
}

function start(tool: NativeTool, job: DumpJob, signal: AbortSignal): RunningDump {
	const environment = libpqEnvironment(job.server, { purpose: 'pgdump', database: job.database });
	const child = spawn(tool.path, pgDumpArguments(job), {
		env: environment.variables,
		stdio: ['ignore', 'pipe', 'pipe'],
		windowsHide: true,
	});
	const finished = ended(child, signal).finally(environment.dispose);
	// Whoever reads the stream may look at this only later.
	finished.catch(() => undefined);
	return { stream: child.stdout, finished };
}

async function ended(child: PgDump, signal: AbortSignal): Promise<{ warnings: string[] }> {
	const messages = collectLines(child.stderr);
	const stopKilling = killOnAbort(child, signal);
	try {
		const how = await exit(child);
		if (signal.aborted) {
			throw new CancelledError('The dump was cancelled; pg_dump was stopped.', {
				hint: 'Run it again when you are ready.',
			});
		}
		if (how !== undefined) throw pgDumpFailure(messages.lines, how);
		return { warnings: [...messages.lines] };
	} finally {
		stopKilling();
	}
}

/** How the program ended, for people; nothing when it ended well. Its pipes are closed by then. */
function exit(child: PgDump): Promise<string | undefined> {
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

function killOnAbort(child: PgDump, signal: AbortSignal): () => void {
	let force: NodeJS.Timeout | undefined;
	const kill = () => {
		// What nobody reads any more must not keep the program from ending.
		child.stdout.destroy();
		child.kill('SIGTERM');
		force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
	};
	if (signal.aborted) kill();
	else signal.addEventListener('abort', kill);
	return () => {
		clearTimeout(force);
		signal.removeEventListener('abort', kill);
	};
}
