import { randomBytes } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { ConflictError, StoreError } from '../../errors';
import { PROBE_FOLDER } from '../keys';
import { readSmallObject } from '../small-object';
import type { Store } from '../store';

/**
 * Proves that a directory can do all that a backup asks of it: write, list, read back, refuse to
 * overwrite, and delete. Rejects with the store's own error, or with `StoreError` where it
 * answers well but does not do what it says. Leaves nothing behind.
 */
export async function checkDirectory(store: Store, signal?: AbortSignal): Promise<void> {
	const key = `${PROBE_FOLDER}/${randomBytes(8).toString('hex')}`;
	const body = randomBytes(64);
	const writer = await store.createWriter(key, { estimatedBytes: body.length, signal });
	try {
		writer.stream.end(body);
		await finished(writer.stream, { readable: false });
		await writer.commit();
		if (!(await isListed(store, key, signal))) {
			throw unreliable(store, 'does not list what was just written to it');
		}
		const found = await readSmallObject(store, key, body.length, signal);
		if (!found?.equals(body)) throw unreliable(store, 'gave back other bytes than it was given');
		if (!(await refusesToOverwrite(store, key, signal))) {
			throw unreliable(store, 'overwrote an object that it had been told to keep');
		}
		await store.delete(key, signal);
	} catch (error) {
		await writer.abort().catch(() => undefined);
		throw error;
	}
}

async function isListed(
	store: Store,
	key: string,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	for await (const object of store.list(key, signal)) if (object.key === key) return true;
	return false;
}

async function refusesToOverwrite(
	store: Store,
	key: string,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	try {
		await store.putIfAbsent(key, Buffer.from('overwritten'), signal);
		return false;
	} catch (error) {
		if (error instanceof ConflictError) return true;
		throw error;
	}
}

function unreliable(store: Store, what: string): StoreError {
	return new StoreError(`The ${store.label} ${what}.`, {
		hint: 'Backups would not be safe there. Use another store.',
	});
}
