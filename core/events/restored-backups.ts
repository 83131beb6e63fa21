import { cancelled } from '../repository/cancellation';
import { listBackups, readManifest, type CatalogueEntry } from '../repository/catalogue';
import { parseBackupId } from '../repository/naming';
import { reasonOf } from '../repository/reason';
import type { Repository } from '../repository/repository';
import type { RestoredBackup } from './event';

/**
 * Looks up the instants that these backups represent. Where the repository does not tell, the time in
 * the id stands, and a warning says so. Rejects with `ConfigurationError` for what is not an id, and
 * with `CancelledError`.
 */
export async function findRestoredBackups(
	repository: Repository,
	ids: readonly string[],
	signal?: AbortSignal,
): Promise<{ restored: RestoredBackup[]; warnings: string[] }> {
	const wanted = [...new Set(ids)].map((id) => ({ id, ...parseBackupId(id) }));
	const warnings: string[] = [];
	if (wanted.length === 0) return { restored: [], warnings };
	const listed = await committedBackups(repository, warnings, signal);
	const restored: RestoredBackup[] = [];
	for (const { id, consistencyPoint } of wanted) {
		const entry = listed.find((one) => one.id === id);
		const exact = entry && (await exactPoint(repository, entry, warnings, signal));
		if (entry === undefined) {
			warnings.push(`The repository holds no backup ${id} now: the time in its id was taken.`);
		}
		restored.push({
			id,
			...(entry && { component: entry.component }),
			consistencyPoint: exact ?? consistencyPoint.toISOString(),
			exact: exact !== undefined,
		});
	}
	return { restored, warnings };
}

async function committedBackups(
	repository: Repository,
	warnings: string[],
	signal: AbortSignal | undefined,
): Promise<CatalogueEntry[]> {
	try {
		return (await listBackups(repository, {}, signal)).backups.filter(({ committed }) => committed);
	} catch (error) {
		if (signal?.aborted) throw cancelled('Recording the event');
		warnings.push(`The restored backups could not be looked up: ${reasonOf(error)}`);
		return [];
	}
}

async function exactPoint(
	repository: Repository,
	entry: CatalogueEntry,
	warnings: string[],
	signal: AbortSignal | undefined,
): Promise<string | undefined> {
	try {
		return (await readManifest(repository, entry, signal)).consistencyPoint;
	} catch (error) {
		if (signal?.aborted) throw cancelled('Recording the event');
		warnings.push(`The time in the id of ${entry.id} was taken: ${reasonOf(error)}`);
		return undefined;
	}
}
