import { DatabaseError } from 'pg';
import { BackupError, DisasterRecoveryError } from '../errors';
import { errorMessage, isLostConnection } from './connection-errors';
import { isRecoveryConflict, RECOVERY_CONFLICT_HINT } from './recovery-conflict';

/** Rows pass through pg_dump alone: what our own session is told is names and numbers. */
const NO_SUCH_CHARACTER = '22021';

/** What an error of a dump means, for errors that come from drivers and not from this code. */
export function explainDumpError(error: unknown): DisasterRecoveryError {
	if (error instanceof DisasterRecoveryError) return error;
	if (error instanceof DatabaseError && isRecoveryConflict(error.message)) {
		return new BackupError(`The standby server stopped the backup: ${error.message}.`, {
			hint: RECOVERY_CONFLICT_HINT,
			cause: error,
		});
	}
	if (error instanceof DatabaseError && error.code === NO_SUCH_CHARACTER) {
		return new BackupError(`A name in the database is not UTF-8: ${error.message}.`, {
			hint: 'Give whatever has that name another one, with ALTER … RENAME. Nothing was stored.',
			cause: error,
		});
	}
	if (error instanceof DatabaseError) {
		return new BackupError(`The Postgres server stopped the backup: ${error.message}.`, {
			hint: "Nothing was stored. The server's log says more; run the backup again when it is solved.",
			cause: error,
		});
	}
	if (isLostConnection(error)) {
		return new BackupError('The connection to the Postgres server was lost during the backup.', {
			hint: 'Nothing was stored. Check that the server runs, then run the backup again.',
			cause: error,
		});
	}
	return new BackupError(`The backup failed: ${errorMessage(error)}`, {
		hint: 'Nothing was stored. Mend the cause, then run the backup again.',
		cause: error,
	});
}
