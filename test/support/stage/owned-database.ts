import { randomBytes } from 'node:crypto';

import { Client } from 'pg';

import type { RunningPostgres } from '../postgres-server';

/** A database with a login of its own. */
export interface OwnedDatabase {
	host: string;
	port: number;
	database: string;
	user: string;
	password: string;
}

/** Makes a database and the user who owns it: no superuser, as it should be in production. */
export async function createOwnedDatabase(
	postgres: RunningPostgres,
	database: string,
	user: string,
): Promise<OwnedDatabase> {
	const password = randomBytes(12).toString('base64url');
	const admin = await postgres.admin();
	try {
		await admin.query(`create role ${user} login createdb password '${password}'`);
		await admin.query(`create database ${database} owner ${user}`);
	} finally {
		await admin.end();
	}
	return { host: postgres.host, port: postgres.port, database, user, password };
}

/** Connects for as long as `work` takes. */
export async function withClient<Result>(
	database: OwnedDatabase,
	work: (client: Client) => Promise<Result>,
): Promise<Result> {
	const client = new Client(database);
	await client.connect();
	try {
		return await work(client);
	} finally {
		await client.end();
	}
}

/** What is connected to the database, by application name, but for the session that asks. */
export async function sessionsIn(database: OwnedDatabase): Promise<string[]> {
	return await withClient(database, async (client) => {
		const { rows } = await client.query<{ application_name: string }>(
			`select application_name from pg_stat_activity
			where datname = current_database() and backend_type = 'client backend'
				and pid <> pg_backend_pid()`,
		);
		return rows.map((row) => row.application_name);
	});
}
