import {
	CancelledError,
	ConnectionError,
	IntegrityError,
	NotFoundError,
	StoreError,
} from '../errors';
import { cancelled } from './cancellation';
import type { Manifest } from './manifest';
import type { BackupRef } from './manifest-file';
import { sentencesOf } from './reason';
import type { Repository } from './repository';
import { type StoredCopy, verifyStored } from './verify-stored';

/** What was found out about the copies of a backup. */
export interface CheckedCopies<Contents> {
	copies: StoredCopy[];
	/** Of the first copy that could be proved; nothing where all copies are damaged. */
	contents?: Contents;
}

/**
 * Proves the first copy that can be read; of the others the stored bytes are compared, which is the
 * same proof. Rejects when nothing could be found out (`StoreError`, `WrongKeyError`, …) and with
 * `CancelledError`; a copy that is damaged or lost is an answer.
 *
 * @param prove reads the copy in a store to its end, and rejects with `IntegrityError` where it is damaged
 */
export async function checkCopies<Contents extends { bytes: number }>(
	repository: Repository,
	backup: BackupRef,
	prove: (store: string) => Promise<Contents>,
	signal?: AbortSignal,
): Promise<CheckedCopies<Contents>> {
	const copies: StoredCopy[] = [];
	const failures: unknown[] = [];
	let contents: Contents | undefined;
	for (const { label: store } of repository.stores) {
		if (contents) {
			copies.push(...(await verifyStored(repository, backup, { store, signal })));
			continue;
		}
		try {
			contents = await prove(store);
			const message = 'It was read to its end.';
			copies.push({ store, state: 'whole', bytes: contents.bytes, message });
		} catch (error) {
			const state = stateAfter(error, signal);
			copies.push({ store, state, bytes: 0, message: sentencesOf(error) });
			failures.push(error);
		}
	}
	if (!contents && !copies.some(({ state }) => state === 'damaged')) throw failures[0];
	return { copies, ...(contents && { contents }) };
}

/** What a failed reading says about the copy; throws what says nothing about it, as a wrong key does. */
function stateAfter(error: unknown, signal: AbortSignal | undefined): StoredCopy['state'] {
	if (signal?.aborted || error instanceof CancelledError) throw cancelled('The verification');
	if (error instanceof IntegrityError) return 'damaged';
	if (error instanceof NotFoundError) return 'missing';
	if (error instanceof StoreError || error instanceof ConnectionError) return 'unknown';
	throw error;
}

/** The stores whose copy is whole, and what is wrong with the others, in plain language. */
export function assessCopies(
	{ storedIn }: Manifest,
	copies: readonly StoredCopy[],
): { verifiedIn: string[]; faults: string[] } {
	const verifiedIn = copies.flatMap(({ store, state }) => (state === 'whole' ? [store] : []));
	// A store that was added later never had it; but somewhere it has to be.
	const neverHad = ({ store, state }: StoredCopy) =>
		state === 'missing' && verifiedIn.length > 0 && !storedIn.includes(store);
	const faults = copies
		.filter((copy) => copy.state !== 'whole' && !neverHad(copy))
		.map(({ store, message }) => `${store}: ${message}`);
	return { verifiedIn, faults };
}
