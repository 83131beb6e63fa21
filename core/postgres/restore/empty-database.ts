import { type Client, DatabaseError, escapeIdentifier } from 'pg';
import { ConnectionError } from '../../errors';
import { connect, type PostgresServer } from '../connection';

/** The first object identifier that is not of the server's own making. */
const FIRST_OF_USERS = 16_384;
const CATALOGUES = ['class', 'namespace', 'proc', 'type', 'extension', 'largeobject_metadata'];

/**
 * Drops a database that is as empty as on the day it was created, and that nobody is connected to.
 * Resolves with whether it was dropped; one that cannot be looked into or dropped is left alone.
 */
export async function dropIfEmpty(
	maintenance: Client,
	server: PostgresServer,
	database: string,
): Promise<boolean> {
	try {
		if (!(await isEmpty(server, database))) return false;
		await maintenance.query(`DROP DATABASE ${escapeIdentifier(database)}`);
		return true;
	} catch (error) {
		if (error instanceof ConnectionError || error instanceof DatabaseError) return false;
		throw error;
	}
}

async function isEmpty(server: PostgresServer, database: string): Promise<boolean> {
	const client = await connect(server, { purpose: 'leftover', database });
	try {
		const found = CATALOGUES.map(
			(name) => `SELECT 1 FROM pg_catalog.pg_${name} WHERE oid >= ${FIRST_OF_USERS}`,
		);
		const { rowCount } = await client.query(`${found.join(' UNION ALL ')} LIMIT 1`);
		return rowCount === 0;
	} finally {
		await client.end();
	}
}
