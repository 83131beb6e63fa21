import { DatabaseError } from 'pg';
import type { ConfigurationError } from '../../../errors';
import type { ArchiveToc } from '../../archive/toc';
import { RestoreStatementError } from '../../restore/statement-error';
import { unsuitable } from './limits';

/** Bytes of any meaning, of which the test database takes those alone that are UTF-8. */
const ANY_BYTES = 'SQL_ASCII';
const NO_SUCH_CHARACTER = '22021';

/** The encoding of the test database, and of the dumps that this software makes wherever it can. */
const OWN = 'UTF8';

/** Throws `ConfigurationError` where the test database could not be told what is in an archive. */
export function requireReadable({ encoding, textIsExact }: ArchiveToc): void {
	// It has none of the libraries that convert from others, and hangs when it needs one.
	if (encoding !== OWN && encoding !== ANY_BYTES) {
		throw notUtf8(`its rows have the encoding ${encoding}`);
	}
	if (!textIsExact) throw notUtf8(`names or definitions in it have the encoding ${encoding}`);
}

/** The error of a restore; where the test database could not take the bytes of the source, as such. */
export function explainBytes(error: unknown, { encoding }: ArchiveToc): unknown {
	const cause = error instanceof RestoreStatementError ? error.cause : undefined;
	const refused = cause instanceof DatabaseError && cause.code === NO_SUCH_CHARACTER;
	if (!refused || encoding !== ANY_BYTES) return error;
	return notUtf8(
		`its database has the encoding ${ANY_BYTES}, with bytes that are not UTF-8`,
		error,
	);
}

function notUtf8(why: string, cause?: unknown): ConfigurationError {
	return unsuitable(
		`${why}, and the test database takes only UTF-8`,
		'Set a scratch server for the restore test: there the copy gets the encoding of the original.',
		cause,
	);
}
