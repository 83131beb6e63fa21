import { pipeline } from 'node:stream/promises';
import { NotFoundError, IntegrityError } from '../errors';
import { cancelled } from './cancellation';
import { DigestStream } from './digest';
import { readManifestIn, type BackupRef } from './manifest-file';
import { backupPrefix } from './naming';
import { nowhere } from './nowhere';
import { reasonOf } from './reason';
import type { Repository } from './repository';
import { storesOf } from './store-choice';
import type { Store } from './store';
import { differenceOf } from './verified-payload';

/** What one store holds of a backup. */
export interface StoredCopy {
	store: string;
	/** `unknown`: the store could not be asked. */
	state: 'whole' | 'damaged' | 'missing' | 'unknown';
	/** Read and hashed. */
	bytes: number;
	/** For people. */
	message: string;
}

/**
 * Level `stored`: reads the payload from every store (or the one named by its label) and compares its
 * size and SHA-256 with the manifest. Needs no key. Rejects with `CancelledError` only; everything
 * else is an answer about a store.
 */
export async function verifyStored(
	repository: Repository,
	backup: BackupRef,
	options: { signal?: AbortSignal; store?: string } = {},
): Promise<StoredCopy[]> {
	const stores = storesOf(repository, options.store);
	return await Promise.all(stores.map((store) => verifyIn(store, backup, options.signal)));
}

async function verifyIn(
	store: Store,
	backup: BackupRef,
	signal: AbortSignal | undefined,
): Promise<StoredCopy> {
	const found = new DigestStream();
	try {
		const { payload } = await readManifestIn(store, backup, signal);
		const stored = await store.read(backupPrefix(backup) + payload.file, signal);
		await pipeline(stored, found, nowhere(), { signal });
		const difference = differenceOf(payload.stored, found.digest);
		const { bytes } = found.digest;
		return difference === undefined
			? answer(store, 'whole', bytes, 'The stored bytes are exactly those that were backed up.')
			: answer(store, 'damaged', bytes, `The copy is damaged: ${difference}.`);
	} catch (error) {
		if (signal?.aborted) throw cancelled('The verification');
		const reason = reasonOf(error);
		if (error instanceof NotFoundError) return answer(store, 'missing', 0, reason);
		return answer(store, error instanceof IntegrityError ? 'damaged' : 'unknown', 0, reason);
	}
}

function answer(
	{ label }: Store,
	state: StoredCopy['state'],
	bytes: number,
	message: string,
): StoredCopy {
	return { store: label, state, bytes, message };
}
