import { type ClientBase, DatabaseError } from 'pg';
import type { TocEntry } from '../archive/toc';

/**
 * What becomes of owners, or of grants: `always` needs all of them, `auto` restores those that the
 * roles of the server and the rights of the login allow and names the others, `never` leaves them.
 */
export type RightsChoice = 'auto' | 'always' | 'never';

export type RefusedRightListener = (entry: TocEntry, reason: DatabaseError) => void;

/** No such role; no right to hand it over or to grant; nothing that could be granted. */
const REFUSALS = new Set(['42704', '42501', '0LP01']);

/**
 * Runs a statement that gives an object to its owner or grants something on it, within the transaction
 * that `client` has open. The server's refusal is undone and told to `onRefused`, nothing more.
 */
export async function runRight(
	client: ClientBase,
	entry: TocEntry,
	statement: string,
	onRefused: RefusedRightListener,
): Promise<void> {
	try {
		await client.query(`SAVEPOINT right_; ${statement}; RELEASE SAVEPOINT right_`);
	} catch (error) {
		if (!(error instanceof DatabaseError) || !REFUSALS.has(error.code ?? '')) throw error;
		await client.query('ROLLBACK TO SAVEPOINT right_; RELEASE SAVEPOINT right_');
		onRefused(entry, error);
	}
}
