import { pipeline } from 'node:stream/promises';
import { IntegrityError, StoreError } from '../../errors';
import { cancelled } from '../cancellation';
import { type Digest, DigestStream } from '../digest';
import { nowhere } from '../nowhere';
import type { Store } from '../store';
import { brokeOff, differenceOf } from '../verified-payload';

/** An object, and what its bytes have to be. */
export interface ProvedObject {
	store: Store;
	key: string;
	digest: Digest;
}

/**
 * Copies an object, and commits it only when every byte that was read is the expected one. Rejects with
 * `IntegrityError` where the original is not that, with `ConflictError` where the key is taken, with
 * `StoreError` and with `CancelledError`; nothing is left behind then.
 */
export async function copyObject(
	from: ProvedObject,
	to: { store: Store; key: string },
	signal?: AbortSignal,
): Promise<void> {
	const { bytes } = from.digest;
	const writer = await to.store.createWriter(to.key, { estimatedBytes: bytes, signal });
	try {
		const original = await from.store.read(from.key, signal);
		await pipeline(original, proving(from), writer.stream, { signal });
		const stored = await writer.commit();
		if (stored.bytes !== bytes) {
			throw new StoreError(`${to.store.label} has kept ${stored.bytes} bytes of ${bytes}.`, {
				hint: 'Check the store before you rely on it.',
			});
		}
	} catch (error) {
		// Why it failed matters more than a leftover that is no backup.
		await writer.abort().catch(() => undefined);
		if (signal?.aborted) throw cancelled('The repair');
		throw brokeOff(from.store.label, error);
	}
}

/** Reads an object to its end; rejects as `copyObject` where it is not what it has to be. */
export async function proveObject(object: ProvedObject, signal?: AbortSignal): Promise<void> {
	try {
		const stored = await object.store.read(object.key, signal);
		await pipeline(stored, proving(object), nowhere(), { signal });
	} catch (error) {
		if (signal?.aborted) throw cancelled('The repair');
		throw brokeOff(object.store.label, error);
	}
}

function proving({ store, key, digest }: ProvedObject): DigestStream {
	const damaged = (what: string) =>
		new IntegrityError(`${key} in ${store.label} is damaged: ${what}.`, {
			hint: 'Verify the backup again, and check the store.',
		});
	return new DigestStream(
		(found) => {
			const difference = differenceOf(digest, found);
			if (difference !== undefined) throw damaged(difference);
		},
		{ bytes: digest.bytes, exceeded: () => damaged('it is longer than what was backed up') },
	);
}
