import { pipeline, type Readable } from 'node:stream';
import { decryption } from './age';
import { cancelled } from './cancellation';
import { decompressor } from './compression';
import { decrypterFor, type HeaderOpener } from './encryption';
import type { Manifest } from './manifest';
import { readManifestIn, type BackupRef } from './manifest-file';
import { backupPrefix } from './naming';
import type { Repository } from './repository';
import type { Store } from './store';
import { firstThatWorks, storesOf } from './store-choice';
import { brokeOff, VerifiedPayload } from './verified-payload';

/** A payload on its way out of a repository. */
export interface OpenPayload {
	manifest: Manifest;
	/** Label of the store that it comes from. */
	store: string;
	/**
	 * The raw payload. Every byte is checked before the stream ends: it fails with `IntegrityError`
	 * where anything was flipped, is missing or too much, with `WrongKeyError` where the bytes are whole
	 * but locked for another key, with `StoreError` where the store breaks off, and with
	 * `CancelledError`. Destroying it closes the store's stream.
	 */
	stream: Readable;
}

/**
 * Opens the payload of a backup in the first store that has it, or in the one named by its label.
 * Rejects with `NotFoundError`, `ConfigurationError` (no key for this backup, unknown store) or the
 * reason of the last store that failed.
 */
export async function openPayload(
	repository: Repository,
	backup: BackupRef,
	options: { signal?: AbortSignal; store?: string } = {},
): Promise<OpenPayload> {
	return await firstThatWorks(
		storesOf(repository, options.store),
		async (store) => {
			const manifest = await readManifestIn(store, backup, options.signal);
			const key = backupPrefix(backup) + manifest.payload.file;
			const decrypter = decrypterFor(repository.encryption, manifest.payload.encryption);
			const stored = await store.read(key, options.signal);
			if (options.signal?.aborted) {
				// It may be about to fail for the same reason, and nobody will listen.
				stored.on('error', () => undefined).destroy();
				throw cancelled('Reading the backup');
			}
			const stream = decode(stored, manifest, store, decrypter, options.signal);
			return { manifest, store: store.label, stream };
		},
		options.signal,
	);
}

function decode(
	stored: Readable,
	manifest: Manifest,
	store: Store,
	decrypter: HeaderOpener | undefined,
	signal: AbortSignal | undefined,
): Readable {
	const unpack = decompressor(manifest.payload.compression);
	const raw = new VerifiedPayload(manifest, store.label, signal);
	raw.explain(stored, (error) => brokeOff(store.label, error));
	raw.explain(unpack, () => raw.damaged('it cannot be decompressed'));
	pipeline(stored, raw.storedCheck(), decryption(decrypter), unpack, raw, () => {
		// The consumer hears of every failure through `raw`.
	});
	return raw;
}
