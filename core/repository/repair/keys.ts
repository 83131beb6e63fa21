import { randomBytes } from 'node:crypto';
import { CLAIM, STAGED } from '../keys';
import type { BackupRef } from '../manifest-file';
import { backupPrefix } from '../naming';

/*
 * What a repair keeps in the folder of a backup for as long as it runs. A listing tells it from a
 * payload by its name, and a prune removes what a killed repair leaves behind.
 */

/** Where a good payload waits until the damaged one is out of its place. */
export function stagedKey(backup: BackupRef): string {
	return `${backupPrefix(backup)}${backup.id}-${randomBytes(6).toString('hex')}${STAGED}`;
}

/** What only one repair at a time can create. */
export function claimKey(backup: BackupRef): string {
	return `${backupPrefix(backup)}${backup.id}${CLAIM}`;
}
