import { ConfigurationError } from '../../../errors';
import type { Manifest } from '../../../repository/manifest';
import { PGLITE_MAJOR } from './pglite-version';

const DEFAULT_MAX_BYTES = 5e9;

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
}

/** The error of a backup that cannot be tested in process; `why` completes a sentence. */
export function unsuitable(why: string, hint: string, cause?: unknown): ConfigurationError {
	return new ConfigurationError(`This backup cannot be restored in process for a test: ${why}.`, {
		hint,
		cause,
	});
}

function gigabytes(bytes: number): string {
	return `${(bytes / 1e9).toLocaleString('en-US', { maximumSignificantDigits: 3 })} GB`;
}
