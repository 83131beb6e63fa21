import type { DumpJob } from './engine';

/** The options that every engine gives to pg_dump; connection and output are the engine's own. */
export function pgDumpArguments(job: DumpJob): string[] {
	return [
		'--format=custom',
		'--compress=0',
		'--no-password',
		...(job.snapshotId === undefined ? [] : [`--snapshot=${job.snapshotId}`]),
		...job.arguments,
	];
}
