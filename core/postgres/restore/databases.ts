import { type Client, escapeIdentifier } from 'pg';
import { numberedDatabaseName } from './database-names';

export async function databaseExists(maintenance: Client, name: string): Promise<boolean> {
	const { rowCount } = await maintenance.query(
		'SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1',
		[name],
	);
	return rowCount === 1;
}

export async function listDatabaseNames(maintenance: Client): Promise<string[]> {
	const { rows } = await maintenance.query<{ name: string }>(
		'SELECT datname AS name FROM pg_catalog.pg_database',
	);
	return rows.map(({ name }) => name);
}

/** `name`, or with `_2`, `_3`, … behind it where that is taken. */
export async function freeName(maintenance: Client, name: string): Promise<string> {
	for (let number = 1; ; number++) {
		const candidate = number === 1 ? name : numberedDatabaseName(name, number);
		if (!(await databaseExists(maintenance, candidate))) return candidate;
	}
}

/** The first name that is free, made of the present second or one of the next. */
export async function freeStampedName(
	maintenance: Client,
	nameAt: (at: Date) => string,
): Promise<string> {
	for (let at = new Date(); ; at = new Date(at.getTime() + 1_000)) {
		const name = nameAt(at);
		if (!(await databaseExists(maintenance, name))) return name;
	}
}

/** Ends its sessions and drops it; nothing happens where it does not exist. */
export async function dropDatabase(maintenance: Client, name: string): Promise<void> {
	const force = await supportsForce(maintenance);
	if (!force) {
		await maintenance.query(
			'SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = $1',
			[name],
		);
	}
	const suffix = force ? ' WITH (FORCE)' : '';
	await maintenance.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)}${suffix}`);
}

/** Since Postgres 13. */
async function supportsForce(maintenance: Client): Promise<boolean> {
	const { rows } = await maintenance.query<{ version: number }>(
		"SELECT pg_catalog.current_setting('server_version_num')::int AS version",
	);
	return (rows[0]?.version ?? 0) >= 130000;
}
