import type { Client } from 'pg';
import { ConfigurationError } from '../../errors';
import type { ArchiveToc } from '../archive/toc';

/** Bytes of any meaning. */
const ANY_BYTES = 'SQL_ASCII';

/**
 * The encoding that `COPY` has to be told for the rows of an archive. Statements are sent as UTF-8, and
 * rows as they are. Rejects with `ConfigurationError` where names and definitions would not come out in
 * the database of `client` as they are in the archive.
 */
export async function encodingOfRows(client: Client, toc: ArchiveToc): Promise<string> {
	if (!toc.textIsExact) {
		throw new ConfigurationError(
			`The archive has names or definitions in encoding ${toc.encoding} that cannot be read here.`,
			{ hint: 'Restore this backup with pg_restore: choose the native engine.' },
		);
	}
	if (toc.encoding !== ANY_BYTES) return toc.encoding;
	const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
	const target = rows[0]?.server_encoding ?? '';
	// Told that they are of any meaning, a server since 14 would put them into UTF-8 texts unchecked.
	if (target === ANY_BYTES || target === 'UTF8') return target;
	throw new ConfigurationError(
		`The backup has the encoding ${ANY_BYTES}, bytes of any meaning, which a database in ${target} would take for other letters.`,
		{ hint: 'Restore into a new database: it gets the encoding of the original.' },
	);
}
