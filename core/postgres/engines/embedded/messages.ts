import { BackupError } from '../../../errors';
import type { PostgresServer } from '../../connection';
import { pgDumpFailure } from '../pg-dump-failure';
import { BRIDGE_HOST } from './environment';
import type { ProgramReport } from './pg-dump-program';

/** pg_dump looks for its own file to find its translations; in the wasm there is none. */
const OWN_FILE_NOT_FOUND =
	/^(?:\w+: )*(?:could not find a "pg_dump" to execute|invalid binary ".*")$/;

/** What only a native pg_dump can do better. The wasm's memory ends at 2 GB. */
const HINTS: readonly [RegExp, string][] = [
	[
		/out of memory|cannot allocate memory|memory access out of bounds/i,
		'A row is too large for the built-in pg_dump, which has 2 GB of memory. Install a pg_dump and choose the native engine.',
	],
	[
		/server version mismatch/,
		'Install a pg_dump of the major version of the server or newer, and choose the native engine.',
	],
];

/**
 * What pg_dump said when it succeeded.
 *
 * Throws `BackupError` with pg_dump's own words when it did not.
 */
export function warningsOf(report: ProgramReport, server: PostgresServer): string[] {
	const lines = report.messages
		.map((line) => line.trimEnd())
		.filter((line) => line !== '' && !OWN_FILE_NOT_FOUND.test(line))
		.map((line) =>
			line.replaceAll(`server at "${BRIDGE_HOST}"`, () => `server at "${server.host}"`),
		);
	if (report.exitCode === 0) return lines;
	const how = report.exitCode === undefined ? 'crashed' : `ended with exit code ${report.exitCode}`;
	const { message, hint } = pgDumpFailure(lines, how);
	const own = HINTS.find(([pattern]) => pattern.test(message));
	throw new BackupError(message, { hint: own?.[1] ?? hint });
}
