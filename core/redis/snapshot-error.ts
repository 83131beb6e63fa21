import { BackupError, DisasterRecoveryError } from '../errors';
import { errorMessage } from '../network/connection-errors';
import { isForbidden, replyCode } from './command-errors';
import { isLostConnection } from './probe';
import { explainRefusal } from './replication/refusal';

/** What an error of a snapshot means, for errors that come from drivers and not from this code. */
export function explainSnapshotError(error: unknown): DisasterRecoveryError {
	if (error instanceof DisasterRecoveryError) return error;
	// writeBackup wraps what it does not know; the driver's own words are behind it.
	if (isLostConnection(error)) {
		return new BackupError('The connection to the Redis server was lost during the backup.', {
			hint: 'Nothing was stored. Check that the server runs, then run the backup again.',
			cause: error,
		});
	}
	if (replyCode(error) === 'LOADING') return explainRefusal(errorMessage(error));
	if (isForbidden(error)) {
		return new BackupError(
			`The Redis server does not let this user read the data: ${errorMessage(error)}.`,
			{
				// Not %R~*, which does not match the key whose name is empty.
				hint: 'Give the user the rights for it: ACL SETUSER … ~* +scan +dump +pexpiretime +select +function|dump',
				cause: error,
			},
		);
	}
	return new BackupError(`The backup failed: ${errorMessage(error)}`, {
		hint: 'Nothing was stored. Mend the cause, then run the backup again.',
		cause: error,
	});
}

/** The data is not whole as it comes from the server; `what` as in "it breaks off". */
export function damagedOnTheWay(what: string): BackupError {
	return new BackupError(`What the Redis server sent is not a whole snapshot: ${what}.`, {
		hint: 'Nothing was stored. Run the backup again; if it happens again, check the memory and the disk of the server and of this machine.',
	});
}
