import { join } from 'node:path';
import type { RestoreSnapshotInput } from '../../../core/redis/restore/restore-snapshot';
import { talkTo } from '../talking-child';

/** What the process says. */
export interface Said {
	phase?: string;
	done?: number;
	result?: { method: string };
	/** Most memory that it held at once. */
	peakRssBytes?: number;
	error?: string;
}

/**
 * Starts a restore in a process of its own; `onLine` hears what it says, and may end it. Resolves with
 * its last line when it has ended.
 */
export async function restoreInProcess(
	directory: string,
	input: Omit<RestoreSnapshotInput, 'repository'>,
	onLine: (said: Said, kill: () => void) => void,
): Promise<Said | undefined> {
	return await talkTo(join(__dirname, 'restore-child.mjs'), { directory, input }, onLine);
}
