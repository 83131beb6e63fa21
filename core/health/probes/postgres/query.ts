import type { Client } from 'pg';
import { Absent, ObservedText } from '../../observation';

const MOST_ROWS = 100;
const LONGEST_CHARACTERS = 1_048_576;

/**
 * The rows of a query as a list of objects, of a bounded number. Rejects with the driver's error where
 * the query is more than one, would change something, or is refused for another reason.
 */
export async function runQuery(client: Client, query: string): Promise<Absent | ObservedText> {
	// A cursor takes one query that reads, and of its rows no more than are fetched; the extended protocol
	// takes one statement.
	const text = `DECLARE health NO SCROLL CURSOR FOR ${query.trim().replace(/;$/, '')}`;
	await client.query('BEGIN READ ONLY');
	// As the writer of the query knows it; our own queries name every schema.
	await client.query('SET LOCAL search_path TO DEFAULT');
	await client.query({ text, queryMode: 'extended' } as { text: string });
	const { rows } = await client.query<object>(`FETCH ${MOST_ROWS + 1} FROM health`);
	if (rows.length > MOST_ROWS) return new Absent(`the query gives more than ${MOST_ROWS} rows`);
	const body = ObservedText.ofJson(rows);
	return body.text.length > LONGEST_CHARACTERS
		? new Absent('the query gives more than 1 MB')
		: body;
}
