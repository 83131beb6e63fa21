import { type ClientBase, DatabaseError } from 'pg';
import type { PostgresServer } from './connection';
import { connectMaintenance } from './restore/maintenance';

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * The number that a cluster is given when it is made, and keeps in every restart, move of its files and
 * promotion of a standby; a copy of its files has the same. Every login of Postgres 13 to 18 may ask for
 * it unless the host has taken that away: undefined then. Not to be called in a transaction.
 */
export async function readClusterIdentity(client: ClientBase): Promise<string | undefined> {
	try {
		const { rows } = await client.query<{ id: string }>(
			'SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()',
		);
		return rows[0]?.id;
	} catch (error) {
		if (error instanceof DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) return undefined;
		throw error;
	}
}

/** The same of a server, whichever databases it has. Rejects as `connectMaintenance` does. */
export async function identifyServer(
	server: PostgresServer,
	signal?: AbortSignal,
): Promise<string | undefined> {
	const client = await connectMaintenance(server, {
		...{ avoid: '', purpose: 'identify' },
		...(signal && { signal }),
	});
	try {
		return await readClusterIdentity(client);
	} finally {
		await client.end().catch(() => undefined);
	}
}
