import { cancelled } from '../repository/cancellation';
import { listBackups, readManifest, type CatalogueEntry } from '../repository/catalogue';
import { parseBackupId } from '../repository/naming';
import { reasonOf } from '../repository/reason';
import type { Repository } from '../repository/repository';
import type { RestoredBackup } from './event';

/**
 * Looks up the instants that these backups represent, and the checksums that tell them from every
 * other. Where the repository does not tell, the time in the id stands, and a warning says so. Rejects with `ConfigurationError` for what is not an id, and
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
		const told = entry && (await toldByManifest(repository, entry, warnings, signal));
		if (entry === undefined) {
			warnings.push(`The repository holds no backup ${id} now: the time in its id was taken.`);
		}
		restored.push({
			id,
			...(entry && { component: entry.component }),
			consistencyPoint: consistencyPoint.toISOString(),
			exact: told !== undefined,
			...told,
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

async function toldByManifest(
	repository: Repository,
	entry: CatalogueEntry,
	warnings: string[],
	signal: AbortSignal | undefined,
): Promise<Pick<RestoredBackup, 'consistencyPoint' | 'storedSha256'> | undefined> {
	try {
		const { consistencyPoint, payload } = await readManifest(repository, entry, signal);
		return { consistencyPoint, storedSha256: payload.stored.sha256 };
	} catch (error) {
		if (signal?.aborted) throw cancelled('Recording the event');
		warnings.push(`The time in the id of ${entry.id} was taken: ${reasonOf(error)}`);
		return undefined;
	}
}
