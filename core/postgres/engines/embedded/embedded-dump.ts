import type { Readable } from 'node:stream';

import { BackupError, CancelledError } from '../../../errors';
import type { DumpJob, RunningDump } from '../engine';
import { pgDumpArguments } from '../pg-dump-arguments';
import { pgDumpCancelled } from '../pg-dump-failure';
import { environmentFor } from './environment';
import { warningsOf } from './messages';
import type { ProgramInput, ProgramReport } from './pg-dump-program';
import { readableFrom } from './ring-streams';
import { runInWorker } from './run-in-worker';
import { openSession } from './server-session';
import { SharedRing } from './shared-ring';

/** Together with the wasm's own buffers all that one dump holds of its data at any time. */
const RING_BYTES = { fromServer: 1024 * 1024, toServer: 64 * 1024, output: 1024 * 1024 };

interface Rings {
	fromServer: SharedRing;
	toServer: SharedRing;
	output: SharedRing;
}

/**
 * Runs pg_dump in a worker thread. Whatever stops it (an abort, a consumer that gives up, a failure)
 * destroys the stream, and a destroyed stream stops everything else; `finished` settles when worker
 * and socket are gone.
 */
export function startEmbeddedDump(job: DumpJob, signal: AbortSignal): RunningDump {
	const rings: Rings = {
		fromServer: SharedRing.allocate(RING_BYTES.fromServer),
		toServer: SharedRing.allocate(RING_BYTES.toServer),
		output: SharedRing.allocate(RING_BYTES.output),
	};
	const stream = readableFrom(rings.output);
	// A failure may come before anybody has had a chance to listen, and must not end the process;
	// `finished` tells it too, and whoever reads a destroyed stream is told as well.
	stream.on('error', () => undefined);
	const cancel = () => stream.destroy(pgDumpCancelled());
	if (signal.aborted) cancel();
	signal.addEventListener('abort', cancel);
	stream.once('close', () => signal.removeEventListener('abort', cancel));

	const finished = run(job, rings, stream);
	finished.catch(() => undefined);
	return { stream, finished };
}

async function run(job: DumpJob, rings: Rings, stream: Readable): Promise<{ warnings: string[] }> {
	const stop = new AbortController();
	const stopUnlessEnded = () => {
		if (!stream.readableEnded) stop.abort();
	};
	if (stream.destroyed) stop.abort();
	stream.once('close', stopUnlessEnded);
	try {
		const session = await openSession(job.server, rings, stop.signal);
		let report: ProgramReport;
		try {
			report = await runInWorker(inputFor(job, rings), stop.signal);
		} catch (error) {
			await session.cut();
			throw error;
		}
		await session.finish();
		return { warnings: warningsOf(report, job.server) };
	} catch (error) {
		const reason = stop.signal.aborted ? stoppedError(stream.errored) : error;
		stream.destroy(reason as Error);
		throw reason;
	}
}

function inputFor(job: DumpJob, rings: Rings): ProgramInput {
	return {
		arguments: pgDumpArguments(job),
		environment: environmentFor(job),
		rings: {
			fromServer: rings.fromServer.memory,
			toServer: rings.toServer.memory,
			output: rings.output.memory,
		},
	};
}

function stoppedError(cause: Error | null): Error {
	if (cause instanceof CancelledError) return cause;
	return new BackupError('pg_dump was stopped, because what it wrote could not be passed on.', {
		hint: 'The error of the step after it says why.',
		cause,
	});
}
