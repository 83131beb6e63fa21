import { ConfigurationError } from '../errors';
import type { CatalogueEntry } from './catalogue';
import { type Origin, readOrigins, takeTurns } from './origins';
import type { Repository } from './repository';

const NAMES = 'Give the backups of each server a name of their own.';

/** The backup to take for "the newest", and what a person should know about that. */
export interface FromOneServer {
	readonly found: CatalogueEntry;
	readonly notes: readonly string[];
}

/**
 * Keeps "the newest" of a name from being another server's. `fitting` are the backups that could be
 * taken among all `committed` ones, both newest first. Where the server that is restored to, `cluster`, has
 * backups of its own, one of those is taken. A server without any, such as a new one, gets the newest.
 *
 * Rejects with `ConfigurationError` where it cannot be told which is meant: servers take turns in making
 * the backups, or the server has some of its own, but none that fits.
 */
export async function fromOneServer(
	repository: Repository,
	[found, ...older]: readonly [CatalogueEntry, ...CatalogueEntry[]],
	committed: readonly CatalogueEntry[],
	cluster?: string,
	signal?: AbortSignal,
): Promise<FromOneServer> {
	const origins = await readOrigins(repository, committed, signal);
	const [newest] = origins;
	if (!newest || origins.every((origin) => origin.cluster === newest.cluster)) {
		return { found, notes: [] };
	}
	const originOf = new Map(origins.map((origin) => [origin.id, origin.cluster]));
	const own = origins.find((origin) => origin.cluster === cluster);
	if (own) {
		const ours = [found, ...older].find(({ id }) => originOf.get(id) === cluster);
		if (!ours) throw noneOfThisServer(found, own);
		return { found: ours, notes: ours === found ? [] : [passedOver(found)] };
	}
	if (takeTurns(origins)) throw ambiguous(origins, newest);
	const isOfNewest = originOf.get(found.id) === newest.cluster;
	return { found, notes: isOfNewest ? [] : [beforeTheMove(found, newest)] };
}

function passedOver({ id }: CatalogueEntry): string {
	return `The backup ${id} is newer, but of another server than this one, and was passed over. ${NAMES}`;
}

function beforeTheMove({ id }: CatalogueEntry, newest: Origin): string {
	return `The backup ${id} is of another server than the newest one, ${newest.id}.`;
}

function noneOfThisServer({ id }: CatalogueEntry, own: Origin): ConfigurationError {
	return new ConfigurationError(
		`The backup ${id} is of another server than this one, whose newest backup is ${own.id}.`,
		{ hint: `Verify ${own.id} first, or choose the backup that is meant from the list.` },
	);
}

function ambiguous(origins: readonly Origin[], newest: Origin): ConfigurationError {
	const other = origins.find(({ cluster }) => cluster !== newest.cluster);
	return new ConfigurationError(
		`Several servers make backups of this name in turns: the newest of one is ${newest.id}, of another ${other?.id}.`,
		{ hint: `Choose the backup that is meant from the list. ${NAMES}` },
	);
}
