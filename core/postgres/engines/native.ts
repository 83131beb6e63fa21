import type { DumpEngine, DumpJob, RunningDump } from './engine';
import { KEEP_ALIVE, libpqEnvironment } from './libpq-environment';
import { collectLines } from './message-lines';
import { type NativeProcess, startNativeProcess } from './native-process';
import type { NativeTool } from './native-tools';
import { pgDumpArguments } from './pg-dump-arguments';
import { pgDumpCancelled, pgDumpFailure } from './pg-dump-failure';

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
	const programArguments = [...pgDumpArguments(job), KEEP_ALIVE];
	const program = startNativeProcess(tool, programArguments, environment.variables, signal);
	program.child.stdin.end();
	const finished = untilFinished(program, signal).finally(environment.dispose);
	// Whoever reads the stream may look at this only later.
	finished.catch(() => undefined);
	return { stream: program.child.stdout, finished };
}

async function untilFinished(
	{ child, ended }: NativeProcess,
	signal: AbortSignal,
): Promise<{ warnings: string[] }> {
	const messages = collectLines(child.stderr);
	const how = await ended;
	if (signal.aborted) throw pgDumpCancelled();
	if (how !== undefined) throw pgDumpFailure(messages.lines, how);
	return { warnings: [...messages.lines] };
}
