import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { BackupError } from '../../../errors';
import type { ProgramInput, ProgramReport } from './pg-dump-program';

/**
 * Runs pg_dump in a worker thread; aborting `signal` kills it. Settles only when the thread is gone,
 * and rejects with `BackupError` when it went without a report.
 */
export function runInWorker(input: ProgramInput, signal: AbortSignal): Promise<ProgramReport> {
	return new Promise((resolve, reject) => {
		signal.throwIfAborted();
		const worker = new Worker(join(__dirname, 'worker.js'), {
			workerData: input,
			// No `resourceLimits`: rows are in the wasm's own memory, which they do not count, and V8 may
			// end the whole process at such a limit where without one there is room.
			// Nothing of n8n's environment or start-up options belongs into this thread.
			env: {},
			execArgv: [],
		});
		const kill = () => void worker.terminate();
		signal.addEventListener('abort', kill);
		let report: ProgramReport | undefined;
		let crash: unknown;
		worker.once('message', (message: ProgramReport) => (report = message));
		worker.once('error', (error) => (crash = error));
		worker.once('exit', () => {
			signal.removeEventListener('abort', kill);
			if (report) resolve(report);
			else reject(diedError(crash));
		});
	});
}

function diedError(crash: unknown): BackupError {
	const reason = crash instanceof Error ? `: ${crash.message}` : '.';
	return new BackupError(`The built-in pg_dump stopped before it had finished${reason}`, {
		hint: 'Run it again. If it stops again, give n8n more memory, or install a pg_dump and choose the native engine.',
		cause: crash,
	});
}
