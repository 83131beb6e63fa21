import { ConfigurationError } from '../../errors';
import type { ArchiveToc, TocEntry } from '../archive/toc';
import { type LockTable, readLockTable, roomOf, settingFor } from '../lock-table';
import { connectForLong } from '../long-session';
import { keyOf } from '../qualified-name';
import { locksToCreate, locksToDrop } from './entry-locks';

/**
 * Whether one transaction can drop and create the objects of the backup within the existing database.
 * Rejects with `ConfigurationError` where the server has no room for its locks.
 */
export async function requireRoom(
	{ entries }: ArchiveToc,
	...[server, session]: Parameters<typeof connectForLong>
): Promise<void> {
	const client = await connectForLong(server, session);
	try {
		const { rows } = await client.query<{ schema: string; name: string }>(
			`SELECT n.nspname AS schema, c.relname AS name
			FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE c.oid >= 16384`,
		);
		const existing = new Set(rows.map(keyOf));
		const dropped = entries.filter((entry) => mayExist(entry, existing));
		const locks = locksToCreate(entries) + locksToDrop(dropped);
		const lockTable = await readLockTable(client);
		if (locks > roomOf(lockTable)) throw noRoom(locks, lockTable);
	} finally {
		await client.end();
	}
}

/** By its own name, by that of its table, which comes first in the tag, or by its last part. */
function mayExist({ schema, tag }: TocEntry, existing: ReadonlySet<string>): boolean {
	const parts = tag.split(' ');
	return [tag, parts[0], parts.at(-1)].some((name) =>
		existing.has(keyOf({ schema: schema ?? '', name: name ?? '' })),
	);
}

function noRoom(locks: number, lockTable: LockTable): ConfigurationError {
	const [needed, room] = [locks, roomOf(lockTable)].map((n) => n.toLocaleString('en-US'));
	return new ConfigurationError(
		`This backup is too large for one transaction, which a restore into an existing database is: it takes about ${needed} locks, and the server has room for ${room}.`,
		{
			hint: `Replace the database by swap, which needs no more room. Or set max_locks_per_transaction, which is ${lockTable.perTransaction}, to ${settingFor(locks, lockTable)} or more and restart the server.`,
		},
	);
}
