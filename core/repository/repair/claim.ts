import { ConflictError } from '../../errors';
import type { BackupRef } from '../manifest-file';
import { backupPrefix } from '../naming';
import type { Store, StoredObject } from '../store';
import { claimKey } from './keys';

/** What is done under a claim takes seconds; a clock that S3 accepts is off by a quarter of an hour. */
const LAPSES_AFTER_MS = 30 * 60_000;

/**
 * Runs `removal` while no other repair may remove anything of this copy. Rejects with `ConflictError`
 * where another one is at it; a claim that was left by a killed one lapses after half an hour.
 */
export async function withClaim(
	store: Store,
	backup: BackupRef,
	removal: () => Promise<void>,
	signal?: AbortSignal,
	lapsesAfterMs = LAPSES_AFTER_MS,
): Promise<void> {
	const key = claimKey(backup);
	const body = Buffer.from('A repair of this backup is under way.\n');
	try {
		await store.putIfAbsent(key, body, signal);
	} catch (error) {
		if (!(error instanceof ConflictError)) throw error;
		const held = (await objectsOf(store, backup, signal)).get(key);
		if (held && Date.now() - held.modifiedAt.getTime() < lapsesAfterMs) {
			throw new ConflictError(
				`Another repair of ${backup.id} in ${store.label} began at ${held.modifiedAt.toISOString()}.`,
				{
					hint: 'Let it end. Where it was killed, repair again half an hour after it began.',
				},
			);
		}
		await store.delete(key, signal);
		await store.putIfAbsent(key, body, signal);
	}
	try {
		await removal();
	} finally {
		// Left behind it would only delay the next repair.
		await store.delete(key).catch(() => undefined);
	}
}

/** Everything that a store holds of a backup, by key. */
export async function objectsOf(
	store: Store,
	backup: BackupRef,
	signal?: AbortSignal,
): Promise<Map<string, StoredObject>> {
	const found = new Map<string, StoredObject>();
	for await (const object of store.list(backupPrefix(backup), signal)) {
		found.set(object.key, object);
	}
	return found;
}
