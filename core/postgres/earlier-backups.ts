import { newestBackup } from '../repository/newest-backup';
import { readOrigins } from '../repository/origins';
import type { Repository } from '../repository/repository';

/** What the newest committed backup of a name tells about the next one. */
export interface EarlierBackups {
	/** The best guess at how much room the next one takes; undefined for the first one. */
	readonly storedBytes: number | undefined;
	readonly warnings: readonly string[];
}

/** Looks at the newest backup of a name, and whether it is of another server than `cluster`. */
export async function lookAtEarlier(
	repository: Repository,
	of: { component: string; name: string },
	{ cluster }: { cluster?: string },
	signal: AbortSignal,
): Promise<EarlierBackups> {
	const newest = await newestBackup(repository, of, signal);
	if (!newest) return { storedBytes: undefined, warnings: [] };
	const [origin] = await readOrigins(repository, [newest], signal);
	const isOther = origin && cluster !== undefined && origin.cluster !== cluster;
	return { storedBytes: newest.storedBytes, warnings: isOther ? [moved(origin.id)] : [] };
}

function moved(id: string): string {
	return `The backup before this one, ${id}, is of another server. If the database has moved, this is said once; else give the backups of each server a name of their own.`;
}
