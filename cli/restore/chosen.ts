import { readManifest } from '../../core/repository/catalogue';
import {
	type BackupFilter,
	type ChosenBackup,
	RESTORE_CHOICE,
} from '../../core/repository/choose-backup';
import type { Manifest } from '../../core/repository/manifest';
import type { Repository } from '../../core/repository/repository';
import { watchReads } from '../../core/repository/watch-reads';
import { type ChoiceValues, chooseBy } from '../backup/choice';
import { type KeyValues, unlock } from '../backup/key';
import { type LocationValues, openAt } from '../backup/location';
import type { Surroundings } from '../command';
import { readingProgress } from '../console/progress';

/** A backup that is about to be restored, in a repository that opens it. */
export interface ChosenToRestore {
	readonly chosen: ChosenBackup;
	readonly manifest: Manifest;
	/** Tells how far the backup was read. */
	readonly repository: Repository;
}

/**
 * Finds the backup and what opens it; a person may be asked for that. Rejects as `openAt`, `chooseBy`
 * and `unlock` do.
 */
export async function chooseToRestore(
	values: LocationValues & KeyValues & ChoiceValues,
	filter: BackupFilter,
	surroundings: Surroundings,
	signal: AbortSignal,
): Promise<ChosenToRestore> {
	const repository = await openAt(values, surroundings, { kind: 'none' });
	const chosen = await chooseBy(repository, values, filter, RESTORE_CHOICE, signal);
	const { backup } = chosen;
	const manifest = await readManifest(repository, backup, signal);
	const unlocked = await unlock(repository, backup, manifest, values, surroundings, signal);
	const progress = readingProgress(surroundings, manifest.payload.stored.bytes);
	return { chosen, manifest, repository: watchReads(unlocked, progress) };
}
