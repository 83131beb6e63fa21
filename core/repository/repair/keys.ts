import { randomBytes } from 'node:crypto';
import type { BackupRef } from '../manifest-file';
import { backupPrefix } from '../naming';

/*
 * What a repair keeps in the folder of a backup for as long as it runs. The names are those of payloads
 * that no manifest names: what a killed repair leaves behind is not a backup, and a prune removes it.
 */
const STAGED = '.repair';
const CLAIM = '.claim';

/** Where a good payload waits until the damaged one is out of its place. */
export function stagedKey(backup: BackupRef): string {
	return `${backupPrefix(backup)}${backup.id}-${randomBytes(6).toString('hex')}${STAGED}`;
}

/** What only one repair at a time can create. */
export function claimKey(backup: BackupRef): string {
	return `${backupPrefix(backup)}${backup.id}-repair${CLAIM}`;
}

/** Whether an object is soon removed again, and must not be locked. */
export function isOfRepair(key: string): boolean {
	return key.endsWith(STAGED) || key.endsWith(CLAIM);
}
