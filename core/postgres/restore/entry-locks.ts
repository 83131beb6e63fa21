import type { TocEntry } from '../archive/toc';
import { largeObjectIds } from './entry-owner';

/**
 * Objects that come with an entry, each of which stays locked until the transaction that created it
 * ends: a table brings the table for its long values, and that one an index. Of what is not here, a
 * change of the owner locks one object, and the rest locks nothing new.
 */
const CREATED: Readonly<Record<string, number>> = {
	...{ TABLE: 3, 'MATERIALIZED VIEW': 3 },
	...{ SEQUENCE: 1, INDEX: 1, CONSTRAINT: 1, VIEW: 1, 'FOREIGN TABLE': 1, BLOB: 1 },
};

/** Dropping also locks what the server keeps beside it: row types, constraints, rules, triggers. */
const DROPPED: Readonly<Record<string, number>> = {
	...{ TABLE: 5, 'MATERIALIZED VIEW': 6, VIEW: 4, 'FOREIGN TABLE': 3 },
	...{ SEQUENCE: 1, INDEX: 1, CONSTRAINT: 2, 'FK CONSTRAINT': 5, TRIGGER: 1, DEFAULT: 1, BLOB: 1 },
};

/** Locks that a transaction which creates the objects of `entries` holds at its end, about. */
export function locksToCreate(entries: readonly TocEntry[]): number {
	return entries.reduce((sum, entry) => sum + locksOf(CREATED, entry), 0);
}

/** Locks that one holds, about, which drops them where they exist. */
export function locksToDrop(entries: readonly TocEntry[]): number {
	return entries.reduce((sum, entry) => sum + locksOf(DROPPED, entry), 0);
}

function locksOf(locks: Readonly<Record<string, number>>, entry: TocEntry): number {
	if (entry.kind === 'BLOB METADATA') return largeObjectIds(entry).length;
	return locks[entry.kind] ?? 0;
}
