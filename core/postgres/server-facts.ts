import type { ClientBase } from 'pg';
import { z } from 'zod';
import { readClusterIdentity } from './cluster-identity';

/** What a backup records of the server and database that it came from. */
export interface ServerFacts {
	/** E.g. `15.18`. */
	version: string;
	major: number;
	/** A standby: it can be dumped, and holds no rows of unlogged tables. */
	recovering: boolean;
	database: string;
	/** See `readClusterIdentity`. */
	cluster?: string;
	/** On the server's disk, indexes included. */
	databaseBytes: number;
	/** Postgres' name of the encoding, e.g. `UTF8`. */
	encoding: string;
	/** What `CREATE DATABASE` has to be told for an equal one. */
	properties: Record<string, string>;
}

const row = z.object({
	version: z.string(),
	number: z.number(),
	recovering: z.boolean(),
	bytes: z.string(),
	encoding: z.string(),
	owner: z.string(),
	/** A row of pg_database, whose columns differ between versions. */
	database: z.object({
		datname: z.string(),
		datcollate: z.string().nullish(),
		datctype: z.string().nullish(),
		/** Since version 15. */
		datlocprovider: z.string().nullish(),
		/** Versions 15 and 16. */
		daticulocale: z.string().nullish(),
		/** Since version 17. */
		datlocale: z.string().nullish(),
		/** Since version 16. */
		daticurules: z.string().nullish(),
	}),
});

const PROVIDERS: Readonly<Record<string, string>> = { b: 'builtin', c: 'libc', i: 'icu' };

/** Reads the facts of the database that `client` is connected to. */
export async function readServerFacts(client: ClientBase): Promise<ServerFacts> {
	const result = await client.query(
		`SELECT current_setting('server_version') AS version,
			current_setting('server_version_num')::int AS number,
			pg_is_in_recovery() AS recovering,
			pg_database_size(d.oid)::text AS bytes,
			pg_encoding_to_char(d.encoding) AS encoding,
			pg_get_userbyid(d.datdba) AS owner,
			to_jsonb(d) AS database
		FROM pg_catalog.pg_database d WHERE d.datname = current_database()`,
	);
	const facts = row.parse(result.rows[0]);
	const { database } = facts;
	const cluster = await readClusterIdentity(client);
	const icuLocale = database.datlocale ?? database.daticulocale;
	return {
		version: facts.version.split(' ')[0] ?? facts.version,
		major: Math.floor(facts.number / 10_000),
		recovering: facts.recovering,
		database: database.datname,
		...(cluster !== undefined && { cluster }),
		databaseBytes: Number(facts.bytes),
		encoding: facts.encoding,
		properties: {
			encoding: facts.encoding,
			...(database.datcollate && { collate: database.datcollate }),
			...(database.datctype && { ctype: database.datctype }),
			localeProvider: PROVIDERS[database.datlocprovider ?? 'c'] ?? 'libc',
			...(icuLocale && { icuLocale }),
			...(database.daticurules && { icuRules: database.daticurules }),
			owner: facts.owner,
		},
	};
}
