import { type Client, DatabaseError } from 'pg';

/**
 * Gathers the planner's statistics, which no dump holds: without them the first queries on a restored
 * database can be very slow. A failure is worth a warning, not the restore.
 */
export async function analyze(client: Client): Promise<string[]> {
	try {
		await client.query('SET client_min_messages = error');
		await client.query('ANALYZE');
		return [];
	} catch (error) {
		if (!(error instanceof DatabaseError)) throw error;
		return [`ANALYZE failed (${error.message}); run it by hand, queries may be slow until then.`];
	}
}
