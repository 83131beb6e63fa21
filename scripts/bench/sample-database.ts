import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { RunningPostgres } from '../../test/support/postgres-server';

/** Name of the database that is backed up. */
export const SAMPLE = 'sample';

/** Creates the sample of about `megabytes`; resolves with its real size in bytes. */
export async function createSample(server: RunningPostgres, megabytes: number): Promise<number> {
	await createDatabase(server, SAMPLE);
	const template = await readFile(join(__dirname, 'sample-tables.sql'), 'utf8');
	const statements = template.replaceAll('$MB', String(megabytes)).split(/;\n/);
	return await withClient(server, SAMPLE, async (client) => {
		// One by one: VACUUM refuses to be part of several.
		for (const statement of statements) await client.query(statement);
		const { rows } = await client.query<{ bytes: string }>(
			'SELECT pg_database_size(current_database()) AS bytes',
		);
		return Number(rows[0]?.bytes);
	});
}

/** Creates an empty database. */
export async function createDatabase(server: RunningPostgres, name: string): Promise<void> {
	await withClient(server, 'postgres', (client) =>
		client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0`),
	);
}

/** Drops a database if it is there, and has the server write down what it owes its files. */
export async function dropDatabase(server: RunningPostgres, name: string): Promise<void> {
	await withClient(server, 'postgres', async (client) => {
		await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
		await client.query('CHECKPOINT');
	});
}

async function withClient<Result>(
	server: RunningPostgres,
	database: string,
	use: (client: Client) => Promise<Result>,
): Promise<Result> {
	const client = await server.admin(database);
	try {
		return await use(client);
	} finally {
		await client.end();
	}
}
