import { StoreError } from '../errors';
import { type CatalogueEntry, listBackups } from './catalogue';
import type { Repository } from './repository';

/**
 * The newest committed backup of a name, for a guess about the next one. Resolves to undefined where
 * there is none, and where no store can be asked: the first backup also creates the directory, and a
 * store that is really out of order will say so when the backup is written.
 */
export async function newestBackup(
	repository: Repository,
	of: { component: string; name: string },
	signal?: AbortSignal,
): Promise<CatalogueEntry | undefined> {
	try {
		const { backups } = await listBackups(repository, of, signal);
		return backups.find(({ committed }) => committed);
	} catch (error) {
		if (error instanceof StoreError) return undefined;
		throw error;
	}
}
