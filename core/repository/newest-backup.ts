import { StoreError } from '../errors';
import { type CatalogueEntry, listBackups } from './catalogue';
import { nextSecond } from './next-second';
import type { Repository } from './repository';

/**
 * The newest committed backup of a name, for a guess about the next one; as soon as this resolves, that
 * can have an id of its own. Resolves to undefined where there is none, and where no store can be asked:
 * the first backup also creates the directory, and a store that is really out of order will say so when
 * the backup is written.
 */
export async function newestBackup(
	repository: Repository,
	of: { component: string; name: string },
	signal?: AbortSignal,
): Promise<CatalogueEntry | undefined> {
	try {
		const { backups } = await listBackups(repository, of, signal);
		const newest = backups.find(({ committed }) => committed);
		if (newest) await nextSecond(newest.consistencyPoint, signal);
		return newest;
	} catch (error) {
		if (error instanceof StoreError) return undefined;
		throw error;
	}
}
