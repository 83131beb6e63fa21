import { ConfigurationError } from '../../../errors';
import type { Manifest } from '../../../repository/manifest';
import { PGLITE_MAJOR } from './pglite-version';

const DEFAULT_MAX_BYTES = 5e9;
/** The test database can convert no other encoding; dumps of ours are in this one wherever they can be. */
const ENCODING = 'UTF8';

/**
 * Throws `ConfigurationError` where the backup cannot be tested in process for what its manifest says.
 *
 * @param maxBytes of the raw dump
 */
export function requireSuitable(
	{ source, payload }: Manifest,
	maxBytes: number = DEFAULT_MAX_BYTES,
): void {
	const { bytes } = payload.raw;
	if (bytes > maxBytes) {
		throw unsuitable(
			`it has ${gigabytes(bytes)}, and ${gigabytes(maxBytes)} is the limit that is set`,
			'Raise the limit where there is time and disk space for it, or set a scratch server.',
		);
	}
	const major = Number.parseInt(source.serverVersion, 10);
	if (major > PGLITE_MAJOR) {
		throw unsuitable(
			`it is of Postgres ${major}, and the test database is of Postgres ${PGLITE_MAJOR}`,
			`Set a scratch server of version ${major} or newer.`,
		);
	}
	const { encoding = ENCODING } = source.properties;
	if (encoding !== ENCODING) {
		throw unsuitable(
			`its database has the encoding ${encoding}, and the test database has only ${ENCODING}`,
			'Set a scratch server for the restore test.',
		);
	}
}

function unsuitable(why: string, hint: string): ConfigurationError {
	return new ConfigurationError(`This backup cannot be restored in process for a test: ${why}.`, {
		hint,
	});
}

function gigabytes(bytes: number): string {
	return `${(bytes / 1e9).toLocaleString('en-US', { maximumSignificantDigits: 3 })} GB`;
}
