import { takeFingerprint } from '../../core/postgres/fingerprint';
import { listRelations } from '../../core/postgres/relations';
import type { PostgresFingerprint } from '../../core/repository/fingerprint';
import type { RunningPostgres } from './postgres-server';

/** Counts and checksums of everything in a database. */
export async function contentOf(
	postgres: RunningPostgres,
	database: string,
): Promise<PostgresFingerprint> {
	const client = await postgres.admin(database);
	try {
		await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
		const relations = await listRelations(client);
		return await takeFingerprint(client, {
			tables: relations
				.filter(({ kind }) => kind === 'r')
				.map((table) => ({ ...table, checksum: true })),
			sequences: relations.filter(({ kind }) => kind === 'S'),
			largeObjects: true,
		});
	} finally {
		await client.end();
	}
}
