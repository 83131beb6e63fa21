import type { Client } from 'pg';
import { RestoreError } from '../../errors';
import { fingerprintOf } from '../../repository/fingerprint';
import type { Manifest } from '../../repository/manifest';
import { compareFingerprints, scopeOf, takeFingerprint } from '../fingerprint';
import { comparableIn, unlikeSentence } from '../unlike-texts';

const SHOWN = 5;

/** How far a restored database was compared with its backup, and found to be equal. */
export interface Compared {
	readonly checksumsCompared: boolean;
	readonly warnings: readonly string[];
}

/**
 * Counts, and where the backup has checksums sums up, every table of the backup in the restored
 * database, within the transaction that `client` has open. Rejects with `RestoreError` on any difference.
 *
 * @param copy `shared`: the database holds other things too, as one that was restored into in place may
 */
export async function requireEqual(
	client: Client,
	manifest: Manifest,
	copy: 'alone' | 'shared' = 'alone',
): Promise<Compared> {
	const fingerprint = fingerprintOf(manifest, 'postgres');
	if (!fingerprint) return { checksumsCompared: false, warnings: [] };
	const { expected, unlike } = await comparableIn(
		client,
		fingerprint,
		manifest.source.properties.encoding,
	);
	const actual = await takeFingerprint(client, scopeOf(expected));
	const differences = compareFingerprints(expected, actual, copy);
	if (differences.length === 0) {
		return {
			checksumsCompared: fingerprint.checksums && unlike.length === 0,
			warnings: unlike.length > 0 ? [unlikeSentence(unlike)] : [],
		};
	}
	const shown = differences.slice(0, SHOWN).map(({ sentence }) => sentence);
	const more = differences.length > SHOWN ? ` And ${differences.length - SHOWN} more.` : '';
	throw new RestoreError(`The restored data is not what was backed up: ${shown.join(' ')}${more}`, {
		hint: 'Restore another backup, and verify this one.',
	});
}

/** The same in a transaction of its own, on a connection that is used for nothing else. */
export async function requireEqualCopy(
	client: Client,
	manifest: Manifest,
	copy: 'alone' | 'shared' = 'alone',
): Promise<Compared> {
	await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
	try {
		return await requireEqual(client, manifest, copy);
	} finally {
		await client.query('ROLLBACK');
	}
}
