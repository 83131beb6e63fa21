import { type ClientBase, DatabaseError } from 'pg';
import type { PostgresFingerprint } from '../repository/fingerprint';

type LargeObjects = NonNullable<PostgresFingerprint['largeObjects']>;

const COUNT = 'count(*)::text AS count';
const SUM = `coalesce(sum(hashtextextended(
	oid::text || ':' || encode(sha256(lo_get(oid)), 'hex'), 0)), 0)::text AS checksum`;

/**
 * Counts the large objects of the database, and sums up their content where asked to. One that the
 * server cannot hold in memory whole (above 1 GB) leaves all of them without a checksum; `onUnsummed`
 * is told why. Needs an open transaction, for the savepoint.
 */
export async function fingerprintLargeObjects(
	client: ClientBase,
	extent: true | 'checksum',
	onUnsummed: (reason: string) => void,
): Promise<LargeObjects> {
	if (extent === true) return await ask(client, [COUNT]);
	await client.query('SAVEPOINT large_objects');
	try {
		const found = await ask(client, [COUNT, SUM]);
		await client.query('RELEASE SAVEPOINT large_objects');
		return found;
	} catch (error) {
		// A lost connection or a cancel says nothing about them.
		if (!(error instanceof DatabaseError) || error.code?.startsWith('57')) throw error;
		await client.query('ROLLBACK TO SAVEPOINT large_objects');
		onUnsummed(error.message);
		return await ask(client, [COUNT]);
	}
}

async function ask(client: ClientBase, columns: readonly string[]): Promise<LargeObjects> {
	const { rows } = await client.query<{ count: string; checksum?: string }>(
		`SELECT ${columns.join(', ')} FROM pg_catalog.pg_largeobject_metadata`,
	);
	const { count = '0', checksum } = rows[0] ?? {};
	return { count: Number(count), ...(checksum !== undefined && { checksum }) };
}
