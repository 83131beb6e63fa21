import { backupFieldsWith } from '../shared/backup-choice';

/** Which backup to act on. */
export const backupFields = backupFieldsWith({
	verify: 'Verify Snapshot',
	example: 'mr-dj-redis',
	nameDescription: 'The name under which the backups are kept, by default the host of the server',
	oneOf: 'server',
});
