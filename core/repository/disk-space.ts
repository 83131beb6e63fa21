import { ConfigurationError } from '../errors';
import type { Store } from './store';

/** A backup may be larger than the last one. */
const GROWTH = 1.1;
/** Of the source's size, where there is no backup to go by. */
const FIRST_BACKUP = 0.1;

/**
 * Throws `ConfigurationError` where a store on a disk of this machine has not the room for a backup
 * of about the size of the last one. A guess that is wrong does no harm: a full disk fails later.
 */
export async function assertDiskSpace(
	stores: readonly Store[],
	{ sourceBytes, newestBackupBytes }: { sourceBytes: number; newestBackupBytes?: number },
): Promise<void> {
	const needed =
		newestBackupBytes === undefined ? sourceBytes * FIRST_BACKUP : newestBackupBytes * GROWTH;
	for (const store of stores) {
		const free = await store.freeBytes?.();
		if (free === undefined || free >= needed) continue;
		throw new ConfigurationError(
			`There is not enough room for the backup in ${store.label}: ${megabytes(free)} are free, about ${megabytes(needed)} are needed.`,
			{
				hint: 'Make room there, remove backups that are no longer needed, or choose another place.',
			},
		);
	}
}

/** For people: `12 MB`. */
export function megabytes(bytes: number): string {
	return `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB`;
}
