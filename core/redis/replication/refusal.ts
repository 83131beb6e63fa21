import { BackupError } from '../../errors';
import { isForbidden, replyCode } from '../command-errors';

/** The server does not replicate to this user, now or later: a renamed command or a missing right. */
export class ReplicationForbiddenError extends BackupError {}

/** What an error reply to SYNC means. */
export function explainRefusal(reply: string): BackupError {
	const reason = reply.replace(/^-/, '');
	switch (replyCode(reply)) {
		case 'NOMASTERLINK':
			return new BackupError(
				'This Redis server is a replica that has lost its master, and gives no snapshot meanwhile.',
				{ hint: 'Mend the replication, or make the snapshot from the master.' },
			);
		case 'LOADING':
			return new BackupError('The Redis server is still loading its data.', {
				hint: 'Try again when it has started.',
			});
		case 'BUSY':
			return new BackupError('The Redis server is busy with a script that does not end.', {
				hint: 'End it (SCRIPT KILL or FUNCTION KILL), then run the backup again.',
			});
	}
	if (isForbidden(reply)) {
		return new ReplicationForbiddenError(
			`The Redis server does not allow replication: ${reason}.`,
			{
				hint: 'Let the user replicate (ACL SETUSER … +replconf +sync), give the new name of a renamed SYNC, or choose the method "commands".',
			},
		);
	}
	return new BackupError(`The Redis server could not give a snapshot: ${reason}.`, {
		hint: 'Its log says more. Often there is not enough memory for a fork (vm.overcommit_memory), or no room on its disk.',
	});
}
