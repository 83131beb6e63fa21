import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { IntegrityError } from '../../errors';
import { fingerprintOf } from '../../repository/fingerprint';
import type { Manifest } from '../../repository/manifest';
import { nowhere } from '../../repository/nowhere';
import type { OpenPayload } from '../../repository/read-backup';
import { CommandsInspector } from '../commands/inspector';
import type { Census } from '../rdb/census';
import { RdbInspector } from '../rdb/inspector';
import { readSnapshotFacts, type SnapshotFacts } from '../snapshot-facts';
import { differencesBetween } from './compare';

/** What was read of a snapshot. */
export interface SnapshotContents {
	facts: SnapshotFacts;
	/** Nothing where the version of the file is too new to be understood. */
	counted?: { census: Census; functionLibraries: number };
	/** How it differs from what was counted when it was made. */
	problems: string[];
}

/**
 * Reads a payload to its end: its bytes, its checksum, its structure, and the number of keys against
 * those of the manifest. Rejects with `IntegrityError` where it is damaged.
 *
 * @param consume takes the payload; what it has made of it does not count where this rejects
 */
export async function readPayload(
	{ manifest, stream, store }: OpenPayload,
	consume: (checked: Readable) => Promise<unknown> = async (checked) =>
		await pipeline(checked, nowhere()),
): Promise<SnapshotContents> {
	const facts = readSnapshotFacts(manifest);
	const damaged = damagedIn(manifest, store);
	const inspector =
		facts.format === 'rdb'
			? new RdbInspector(damaged)
			: new CommandsInspector(facts.flavor, damaged);
	// A failure destroys the inspector with its reason: whoever reads that gets it.
	pipeline(stream, inspector).catch(() => undefined);
	try {
		await consume(inspector);
	} catch (error) {
		// What was wrong with the payload is told before what came of that.
		throw inspector.errored ?? error;
	} finally {
		inspector.destroy();
	}
	const counted =
		inspector instanceof RdbInspector ? inspector.summary.contents : inspector.summary;
	return { facts, ...(counted && { counted }), problems: problemsOf(manifest, counted) };
}

/** The error of a copy whose content is damaged; `what` as in "it breaks off". */
export function damagedIn({ id }: Manifest, store: string): (what: string) => IntegrityError {
	return (what) =>
		new IntegrityError(`The copy of ${id} in ${store} is damaged: ${what}.`, {
			hint: 'Use the copy in another store, or another backup.',
		});
}

function problemsOf(manifest: Manifest, counted: SnapshotContents['counted']): string[] {
	const expected = fingerprintOf(manifest, 'redis');
	if (!expected) return [];
	if (!counted) return ['The snapshot could not be counted, although it was when it was made.'];
	const found = {
		databases: counted.census.databases,
		functionLibraries: counted.functionLibraries,
	};
	const words = { found: 'the snapshot', expected: 'its manifest' };
	return differencesBetween(expected, found, words);
}
