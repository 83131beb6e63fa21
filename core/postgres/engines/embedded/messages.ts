import { BackupError } from '../../../errors';
import type { PostgresServer } from '../../connection';
import { hintForPgDump } from '../pg-dump-failure';
import { BRIDGE_HOST } from './command-line';
import type { ProgramReport } from './pg-dump-program';

/** pg_dump looks for its own file to find its translations; in the wasm there is none. */
const OWN_FILE_NOT_FOUND =
	/^(?:\w+: )*(?:could not find a "pg_dump" to execute|invalid binary ".*")$/;

/** The wasm's memory ends at 2 GB; libpq and pg_dump both need the longest row in one piece. */
const OUT_OF_MEMORY = /out of memory|cannot allocate memory|memory access out of bounds/i;

/**
 * What pg_dump said when it succeeded.
 *
 * Throws `BackupError` with pg_dump's own words when it did not.
 *
 * @param networkFailure why the connection broke, if it did
 */
export function warningsOf(
	report: ProgramReport,
	server: PostgresServer,
	networkFailure: unknown,
): string[] {
	const lines = report.messages
		.filter((line) => line.trim() !== '' && !OWN_FILE_NOT_FOUND.test(line.trim()))
		.map((line) =>
			line.replaceAll(`server at "${BRIDGE_HOST}"`, () => `server at "${server.host}"`),
		);
	if (report.exitCode === 0) return lines;
	const message = lines.join('\n') || `pg_dump ended with exit code ${report.exitCode}.`;
	throw new BackupError(message, { hint: hintFor(message), cause: networkFailure });
}

function hintFor(message: string): string {
	if (OUT_OF_MEMORY.test(message)) {
		return 'A row or the list of tables is too large for the built-in pg_dump (2 GB of memory). Install a pg_dump and choose the native engine.';
	}
	return hintForPgDump(message);
}
