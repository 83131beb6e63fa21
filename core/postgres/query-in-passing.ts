import type { ClientBase, QueryResult } from 'pg';

/**
 * Runs queries that change nothing, in one round trip, within the transaction that `client` has open,
 * and keeps none of the locks that they took: those of thousands of tables, and of all their indexes,
 * would fill the lock table that the sessions of a server share. A refusal is thrown, and leaves the
 * transaction as usable as it was.
 */
export async function queryInPassing<Row extends object>(
	client: ClientBase,
	queries: readonly string[],
): Promise<Row[][]> {
	try {
		const results = await client.query(
			['SAVEPOINT in_passing', ...queries, UNDO].join('; '),
			// There is one result per statement, which the driver's types do not tell.
		);
		return (results as unknown as QueryResult<Row>[])
			.slice(1, 1 + queries.length)
			.map(({ rows }) => rows);
	} catch (error) {
		// Where the connection is lost, that is what has to be told.
		await client.query(UNDO).catch(() => undefined);
		throw error;
	}
}

/** The end of a savepoint alone would hand its locks over to the transaction. */
const UNDO = 'ROLLBACK TO SAVEPOINT in_passing; RELEASE SAVEPOINT in_passing';
