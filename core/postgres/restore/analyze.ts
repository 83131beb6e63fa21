import { type Client, DatabaseError } from 'pg';

/**
 * Gathers the planner's statistics, which no dump holds: without them the first queries on a restored
 * database can be very slow. Tables that have foreign tables below them are passed over, since for
 * those the copy would read from other servers. A failure is worth a warning, not the restore.
 */
export async function analyze(client: Client): Promise<string[]> {
	try {
		await client.query('SET client_min_messages = error');
		const tables = await tablesToName(client);
		await client.query(`ANALYZE ${tables.join(', ')}`);
		return [];
	} catch (error) {
		if (!(error instanceof DatabaseError)) throw error;
		return [`ANALYZE failed (${error.message}); run it by hand, queries may be slow until then.`];
	}
}

/** Nothing where no table has a foreign one below it; all others else. */
async function tablesToName(client: Client): Promise<string[]> {
	const { rows } = await client.query<{ name: string; remote: boolean }>(
		`WITH RECURSIVE above(oid) AS (
			SELECT i.inhparent FROM pg_catalog.pg_inherits i
				JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE c.relkind = 'f'
			UNION SELECT i.inhparent FROM above JOIN pg_catalog.pg_inherits i ON i.inhrelid = above.oid)
		SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
			EXISTS (SELECT FROM above WHERE above.oid = c.oid) AS remote
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'm', 'p') AND c.relpersistence <> 't'
			AND n.nspname <> 'information_schema'`,
	);
	if (!rows.some(({ remote }) => remote)) return [];
	return rows.flatMap(({ name, remote }) => (remote ? [] : [name]));
}
