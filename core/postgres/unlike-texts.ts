import { type ClientBase, DatabaseError, escapeIdentifier } from 'pg';
import type { PostgresFingerprint } from '../repository/fingerprint';
import { keyOf, type QualifiedName } from './qualified-name';

/** Has bytes of any meaning, which go from and to every other encoding as they are. */
const ANY_BYTES = 'SQL_ASCII';

/** What of a fingerprint can be compared in a database of another encoding. */
export interface Comparable {
	readonly expected: PostgresFingerprint;
	/** Names of the tables whose rows can only be counted there. */
	readonly unlike: readonly string[];
}

/**
 * Checksums are of texts in the encoding of their database, and beyond ASCII each encoding has bytes of
 * its own. Where the database of `client`, which has a transaction open, differs in this from the source
 * of the backup, the checksums of tables with such letters are taken out of `recorded`.
 *
 * @param sourceEncoding Postgres' name of it; undefined where the backup does not tell
 */
export async function comparableIn(
	client: ClientBase,
	recorded: PostgresFingerprint,
	sourceEncoding: string | undefined,
): Promise<Comparable> {
	const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
	const known = sourceEncoding === undefined || sourceEncoding === ANY_BYTES;
	if (known || rows[0]?.server_encoding === sourceEncoding) {
		return { expected: recorded, unlike: [] };
	}
	// Rows that a policy hides would count as letters that are not there.
	await client.query('SET LOCAL row_security = off');
	const unlike = new Set<string>();
	for (const table of recorded.tables) {
		if (table.checksum === undefined || (await isAscii(client, table))) continue;
		unlike.add(keyOf(table));
	}
	return {
		expected: {
			...recorded,
			tables: recorded.tables.map((table) => {
				const { checksum, ...counted } = table;
				return unlike.has(keyOf(table)) ? counted : table;
			}),
		},
		unlike: recorded.tables
			.filter((table) => unlike.has(keyOf(table)))
			.map(({ schema, name }) => `${schema}.${name}`),
	};
}

/** False also for what cannot be looked at, or is not there: the comparison of rows tells of that. */
async function isAscii(client: ClientBase, { schema, name }: QualifiedName): Promise<boolean> {
	await client.query('SAVEPOINT unlike_texts');
	try {
		// No cast to text: see the checksum in `fingerprint.ts`.
		const { rows } = await client.query<{ found: boolean }>(
			`SELECT EXISTS (SELECT FROM ONLY ${escapeIdentifier(schema)}.${escapeIdentifier(name)} __row
				WHERE textin(record_out(__row.*)) COLLATE pg_catalog."C" ~ '[^\\u0001-\\u007f]') AS found`,
		);
		await client.query('RELEASE SAVEPOINT unlike_texts');
		return rows[0]?.found === false;
	} catch (error) {
		// A lost connection or a cancel is no property of the table.
		if (!(error instanceof DatabaseError) || error.code?.startsWith('57')) throw error;
		await client.query('ROLLBACK TO SAVEPOINT unlike_texts');
		return false;
	}
}

/** `a, b and 3 more`, with the reason, as a sentence. */
export function unlikeSentence(unlike: readonly string[], shown = 5): string {
	const more = unlike.length > shown ? ` and ${unlike.length - shown} more` : '';
	return `The database has another encoding than that of the backup, in which letters beyond ASCII have other bytes: of these tables only the rows were counted, and their content was not compared: ${unlike.slice(0, shown).join(', ')}${more}.`;
}
