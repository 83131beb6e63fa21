import type { BackupRef } from './manifest-file';
import { readManifestFileIn } from './manifest-file';
import type { Repository } from './repository';

/**
 * Compares the bytes of the manifests of a backup in the stores with these labels, which hold sound
 * ones. Resolves to a sentence where they differ: the stores then hold different backups under one id.
 * Rejects as `readManifestIn` does.
 */
export async function differingManifests(
	{ stores }: Repository,
	backup: BackupRef,
	labels: readonly string[],
	signal?: AbortSignal,
): Promise<string[]> {
	const [first, ...others] = stores.filter(({ label }) => labels.includes(label));
	if (first === undefined) return [];
	const { body } = await readManifestFileIn(first, backup, signal);
	const sentences: string[] = [];
	for (const store of others) {
		const other = await readManifestFileIn(store, backup, signal);
		if (other.body.equals(body)) continue;
		sentences.push(
			`${first.label} and ${store.label} hold different backups under the id ${backup.id}: each is whole, but they are not copies of each other.`,
		);
	}
	return sentences;
}
