import { type CatalogueEntry, readManifest } from './catalogue';
import type { Repository } from './repository';

/** Enough to see servers taking turns; each costs the reading of one manifest. */
const LOOKED_AT = 10;

/** The server that a backup came from. */
export interface Origin {
	readonly id: string;
	readonly cluster: string;
}

/** Where the newest of `backups` came from, in their order; less those that do not tell. */
export async function readOrigins(
	repository: Repository,
	backups: readonly CatalogueEntry[],
	signal?: AbortSignal,
	count = LOOKED_AT,
): Promise<Origin[]> {
	const origins = await Promise.all(
		backups.slice(0, count).map(async (entry): Promise<Origin[]> => {
			try {
				const { source } = await readManifest(repository, entry, signal);
				return source.cluster === undefined ? [] : [{ id: entry.id, cluster: source.cluster }];
			} catch (error) {
				if (signal?.aborted) throw error;
				// Whoever uses this backup hears what is wrong with its manifest.
				return [];
			}
		}),
	);
	return origins.flat();
}

/** Whether a server came back after another one: a move from one to the other looks different. */
export function takeTurns(origins: readonly Origin[]): boolean {
	const changes = origins.filter(({ cluster }, at) => cluster !== origins[at - 1]?.cluster);
	return changes.length > new Set(origins.map(({ cluster }) => cluster)).size;
}
