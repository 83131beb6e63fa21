import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RestoreError } from '../../errors';
import { CommitUnknownError } from './commit-unknown-error';
import { ArchiveInspector, type ArchiveSummary } from '../archive/inspector';
import type { PostgresServer } from '../connection';
import { KEEP_ALIVE, libpqEnvironment } from '../engines/libpq-environment';
import { collectLines } from '../engines/message-lines';
import { startNativeProcess } from '../engines/native-process';
import type { NativeTool } from '../engines/native-tools';

const LOST_SERVER =
	/terminating connection|closed the connection unexpectedly|connection to server was lost|SSL SYSCALL/;

export interface NativeRestoreJob {
	readonly server: PostgresServer;
	readonly database: string;
	/** Shows in the server's list of sessions as `n8n-dr-<purpose>`. */
	readonly purpose: string;
	readonly owners: boolean;
	readonly privileges: boolean;
	readonly tablespaces: boolean;
	/** Drop what the archive is about to create, in the same transaction. */
	readonly clean: boolean;
	/** See `statementsPerTransaction`; undefined stands for one transaction. */
	readonly statementsPerTransaction: number | undefined;
}

/**
 * Restores an archive with a pg_restore of this machine, in as few transactions as `job` allows,
 * which pg_restore commits by itself when it has read what it needs. Rejects with what `archive`
 * failed with, or with a `RestoreError` in pg_restore's own words; the process has ended by then.
 */
export async function restoreWithPgRestore(
	tool: NativeTool,
	job: NativeRestoreJob,
	archive: Readable,
	signal?: AbortSignal,
): Promise<ArchiveSummary> {
	const environment = libpqEnvironment(job.server, {
		purpose: job.purpose,
		database: job.database,
	});
	const variables = {
		...environment.variables,
		PGOPTIONS: sessionOptions(job),
	};
	try {
		const { child, ended } = startNativeProcess(tool, argumentsFor(job, tool), variables, signal);
		child.stdout.resume();
		const messages = collectLines(child.stderr);
		const inspector = new ArchiveInspector();
		// The end of pg_restore ends the archive too, which then looks as if its store had broken off.
		let gaveUp = false;
		child.stdin.once('close', () => {
			gaveUp = !archive.errored && !inspector.errored && !inspector.readableEnded;
		});
		const fed = await pipeline(archive, inspector, child.stdin, { signal }).then(
			() => undefined,
			(error: NodeJS.ErrnoException) => error,
		);
		const how = await ended;
		// When pg_restore gives up, writing to it fails, and its own words are the reason.
		if (fed && !gaveUp && !isBrokenPipe(fed)) throw fed;
		// It had everything, and may have committed it before it was ended or lost the server.
		if (!fed && how !== undefined && endedMidway(messages.lines)) throw new CommitUnknownError();
		if (how !== undefined || fed) throw failure(messages.lines, how ?? 'stopped reading');
		return inspector.summary;
	} finally {
		environment.dispose();
	}
}

/**
 * Of many small transactions none has to wait for the disk: whatever commits later, as the exchange of
 * names at the end does, makes sure of all before.
 */
function sessionOptions({ statementsPerTransaction }: NativeRestoreJob): string {
	const hasty = statementsPerTransaction === undefined ? '' : ' -c synchronous_commit=off';
	return `-c default_transaction_read_only=off${hasty}`;
}

/** Up to 16 pg_restore knows one transaction for all, or one for each statement. */
function transactionArguments(
	{ statementsPerTransaction: size }: NativeRestoreJob,
	{ major }: NativeTool,
): string[] {
	if (size === undefined) return ['--single-transaction'];
	return major >= 17 ? [`--transaction-size=${size}`] : [];
}

function argumentsFor(job: NativeRestoreJob, tool: NativeTool): string[] {
	return [
		'--format=custom',
		'--exit-on-error',
		...transactionArguments(job, tool),
		'--no-password',
		'--no-subscriptions',
		...(job.owners ? [] : ['--no-owner']),
		...(job.privileges ? [] : ['--no-privileges']),
		...(job.tablespaces ? [] : ['--no-tablespaces']),
		...(job.clean ? ['--clean', '--if-exists'] : []),
		// The name is in the environment.
		KEEP_ALIVE,
	];
}

/** Without words of its own it was killed. */
function endedMidway(lines: readonly string[]): boolean {
	const words = lines.join('\n');
	return !/error|fatal/i.test(words) || LOST_SERVER.test(words);
}

function isBrokenPipe({ code }: NodeJS.ErrnoException): boolean {
	return code === 'EPIPE' || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function failure(lines: readonly string[], how: string): RestoreError {
	// What follows names the statement, or rows, which may be anybody's data.
	const words = lines
		.map((line) => line.replace(/^pg_restore: /, ''))
		.filter((line) => !/^(Command was|CONTEXT|DETAIL|LINE \d+|while |from TOC)/i.test(line))
		.find((line) => /error|fatal/i.test(line));
	const entry = lines.find((line) => line.includes('from TOC entry'));
	const place = entry ? ` (${entry.replace(/^pg_restore: /, '').trim()})` : '';
	return new RestoreError(
		words ? `pg_restore failed: ${words}${place}` : `pg_restore ${how}, and said nothing.`,
		{ hint: 'Remove the cause that it names, or restore with the built-in engine.' },
	);
}
