import { type LockTable, roomOf } from '../lock-table';
import type { TocEntry } from '../archive/toc';
import { locksToCreate } from './entry-locks';

/** What a statement of an archive locks, about, with the tables that it refers to. */
const LOCKS_PER_STATEMENT = 4;

/**
 * After how many statements a restore into a database of its own commits; undefined stands for all in
 * one transaction.
 *
 * The database is dropped when the restore fails, so one transaction is a matter of speed there and
 * not of safety: with `wal_level = minimal` rows that go into a table of the same transaction are not
 * logged. So it is one as long as its locks take half the lock table of the server at most, which other
 * sessions need too; a full one fails them as well as the restore. Else each one takes that half.
 */
export function statementsPerTransaction(
	entries: readonly TocEntry[],
	lockTable: LockTable,
): number | undefined {
	const half = roomOf(lockTable) / 2;
	if (locksToCreate(entries) <= half) return undefined;
	return Math.max(1, Math.floor(half / LOCKS_PER_STATEMENT));
}
