import type { Client } from 'pg';
import { connect, type PostgresServer } from './connection';
import { listRelations, listSchemaNames } from './relations';
import { readServerFacts } from './server-facts';

/** A table in a picker; `identifier` is its value there. */
export interface ListedTable {
	schema: string;
	name: string;
	identifier: string;
}

/** Names of the databases that this user can connect to, without templates. */
export async function listDatabases(
	server: PostgresServer,
	signal?: AbortSignal,
): Promise<string[]> {
	return await browse(server, signal, async (client) => {
		const result = await client.query<{ name: string }>(
			`SELECT datname AS name FROM pg_catalog.pg_database
			WHERE datallowconn AND NOT datistemplate AND has_database_privilege(oid, 'CONNECT')
			ORDER BY 1`,
		);
		return result.rows.map(({ name }) => name);
	});
}

/** Names of the schemas of users in the server's database. */
export async function listSchemas(server: PostgresServer, signal?: AbortSignal): Promise<string[]> {
	return await browse(server, signal, listSchemaNames);
}

/** Tables of users in the server's database; a partitioned one stands for its partitions. */
export async function listTables(
	server: PostgresServer,
	signal?: AbortSignal,
): Promise<ListedTable[]> {
	return await browse(server, signal, async (client) => {
		const relations = await listRelations(client);
		return relations
			.filter(
				({ kind, inExtension, parent }) =>
					(kind === 'r' || kind === 'p') && !inExtension && parent === null,
			)
			.map(({ schema, name, identifier }) => ({ schema, name, identifier }));
	});
}

/** What a login is good for, in a sentence or two. */
export interface ServerDescription {
	/** Whether a backup of the whole database would be allowed. */
	canBackUp: boolean;
	sentence: string;
}

/** Describes a server that answers: its version, and what this user can back up. */
export async function describeServer(
	server: PostgresServer,
	signal?: AbortSignal,
): Promise<ServerDescription> {
	return await browse(server, signal, async (client) => {
		const facts = await readServerFacts(client);
		const relations = await listRelations(client);
		const unreadable = relations.filter(
			({ kind, readable, inExtension }) => kind !== 'v' && !readable && !inExtension,
		).length;
		const rights =
			unreadable === 0
				? 'can read every table.'
				: `cannot read ${unreadable} of the tables and sequences, so that a backup of all would fail: GRANT pg_read_all_data to it.`;
		const kind = facts.recovering ? 'standby server' : 'server';
		return {
			canBackUp: unreadable === 0,
			sentence: `Connected to a Postgres ${facts.version} ${kind}, database "${facts.database}" (${megabytes(facts.databaseBytes)}). The user "${server.user}" ${rights}`,
		};
	});
}

async function browse<T>(
	server: PostgresServer,
	signal: AbortSignal | undefined,
	read: (client: Client) => Promise<T>,
): Promise<T> {
	const client = await connect(server, { purpose: 'browse', signal });
	try {
		return await read(client);
	} finally {
		await client.end();
	}
}

function megabytes(bytes: number): string {
	return `${Math.max(1, Math.round(bytes / 1e6)).toLocaleString('en-US')} MB`;
}
