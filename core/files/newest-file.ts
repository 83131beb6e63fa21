import { CancelledError, DisasterRecoveryError, StoreError } from '../errors';
import { type CatalogueEntry, listBackups, readManifest } from '../repository/catalogue';
import { withoutAhead } from '../repository/clock-skew';
import { describeEncryption } from '../repository/encryption';
import type { Manifest } from '../repository/manifest';
import { reasonOf } from '../repository/reason';
import type { Repository } from '../repository/repository';

/** Component of the backups of files. */
export const COMPONENT = 'file';

/** The newest backup of a file, to compare the next one with. */
export interface NewestFile {
	/** Nothing where there is no backup yet. */
	entry?: CatalogueEntry;
	/** Nothing where it could not be read. */
	manifest?: Manifest;
	/** Why the same content has to be stored again all the same, as a sentence. */
	incomplete?: string;
	warnings: string[];
}

/**
 * Finds the newest committed backup of `name`. What cannot be read is as good as none: then the file is
 * stored, and a store that is really out of order says so. Rejects with `CancelledError`.
 */
export async function newestFile(
	repository: Repository,
	name: string,
	signal?: AbortSignal,
): Promise<NewestFile> {
	const warnings: string[] = [];
	let entry: CatalogueEntry | undefined;
	try {
		const { backups, unavailable } = await listBackups(
			repository,
			{ component: COMPONENT, name },
			signal,
		);
		entry = withoutAhead(backups.filter(({ committed }) => committed))[0];
		if (entry === undefined) return { warnings };
		const unasked = unavailable.map(({ store }) => store);
		for (const { store, reason } of unavailable) {
			warnings.push(`${store} could not be asked whether it has the newest backup: ${reason}`);
		}
		const manifest = await readManifest(repository, entry, signal);
		const incomplete =
			missingIn(repository, entry, unasked) ?? lockedOtherwise(repository, manifest);
		return { entry, manifest, ...(incomplete !== undefined && { incomplete }), warnings };
	} catch (error) {
		if (error instanceof CancelledError || !(error instanceof DisasterRecoveryError)) throw error;
		if (entry === undefined && error instanceof StoreError) return { warnings };
		const what = entry?.id ?? `The newest backup of ${name}`;
		warnings.push(`${what} could not be read, and was not compared: ${reasonOf(error)}`);
		return { ...(entry && { entry }), warnings };
	}
}

/** A run that one store has failed must not leave that store without the file for ever. */
function missingIn(
	{ stores }: Repository,
	{ id, storedIn }: CatalogueEntry,
	unasked: readonly string[],
): string | undefined {
	const labels = stores.map(({ label }) => label);
	const lacking = labels.filter((label) => !storedIn.includes(label) && !unasked.includes(label));
	return lacking.length === 0
		? undefined
		: `${lacking.join(' and ')} had no copy of ${id}, so the file was stored again.`;
}

/** After a change of keys, the newest backup has to open with the new ones. */
function lockedOtherwise(
	{ encryption }: Repository,
	{ id, payload }: Manifest,
): string | undefined {
	const recipients = (description: Manifest['payload']['encryption']) =>
		description.kind === 'age-recipients' ? [...description.recipients].sort() : [];
	const now = describeEncryption(encryption);
	const isSame =
		now.kind === payload.encryption.kind &&
		recipients(now).join() === recipients(payload.encryption).join();
	return isSame ? undefined : `${id} was encrypted otherwise, so the file was stored again.`;
}
