import { BackupError, CancelledError } from '../../errors';
import { RECOVERY_CONFLICT_HINT } from '../recovery-conflict';

/** pg_dump waits for its locks with a statement timeout. */
const LOCK_TIMEOUT = /(lock|statement) timeout[^]*LOCK TABLE/;

/** What pg_dump's own words call for; the first that fits. */
const HINTS: readonly [RegExp, string][] = [
	[
		/server version mismatch/,
		'Install a pg_dump of the major version of the server or newer, or choose the embedded engine.',
	],
	[
		/row-level security/,
		'Make the backup as the owner of the tables, or have an administrator run ALTER ROLE … BYPASSRLS.',
	],
	[/conflict with recovery/, RECOVERY_CONFLICT_HINT],
	[
		/permission denied for/,
		'Have an administrator grant the right: on Postgres 14 and newer with GRANT pg_read_all_data TO the user. Large objects need a GRANT of their own.',
	],
	[
		LOCK_TIMEOUT,
		'Another session holds a lock on a table. Find it in pg_stat_activity, or raise the lock timeout.',
	],
	[
		/out of shared memory/,
		'The lock table of the server is too small for this many tables: raise max_locks_per_transaction there.',
	],
	[
		/terminating connection|closed the connection unexpectedly|connection to server was lost|could not receive data|SSL SYSCALL/,
		'The server was stopped, or the network to it broke. Run the backup again when it is back.',
	],
	[
		/connection to server/,
		'The first connection of this run succeeded: check how many connections the server allows, and its log.',
	],
];

/** The hint for a message of pg_dump. */
export function hintForPgDump(message: string): string {
	const found = HINTS.find(([pattern]) => pattern.test(message));
	return found?.[1] ?? "pg_dump's words above name the cause; the server's log often says more.";
}

/** Whether a pg_dump has failed because somebody else's lock was in its way for too long. */
export function isPgDumpLockTimeout(error: unknown): error is BackupError {
	return error instanceof BackupError && LOCK_TIMEOUT.test(error.message);
}

/** The `BackupError` of a pg_dump that did not succeed; `how` is for when it said nothing. */
export function pgDumpFailure(lines: readonly string[], how: string): BackupError {
	const first = lines.findIndex((line) => /\berror:|\bfatal:|FATAL:|ERROR:/.test(line));
	const words = lines
		.slice(Math.max(first, 0))
		.join('\n')
		.replace(/^pg_dump: (error: )?/, '');
	const message = words === '' ? `pg_dump ${how}, and said nothing.` : `pg_dump failed: ${words}`;
	return new BackupError(message, { hint: hintForPgDump(words) });
}

/** The error of a dump whose pg_dump was stopped by an abort. */
export function pgDumpCancelled(): CancelledError {
	return new CancelledError('The dump was cancelled; pg_dump was stopped.', {
		hint: 'Run it again when you are ready.',
	});
}
