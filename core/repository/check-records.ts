import { z } from 'zod';
import { cancelled } from './cancellation';
import { parseKey, VERIFICATION_LEVELS, type ParsedKey } from './keys';
import type { BackupRef } from './manifest-file';
import { backupPrefix, formatStamp } from './naming';
import { reasonOf } from './reason';
import type { Repository } from './repository';
import { sealOf } from './sealed-json';
import { readSmallObject } from './small-object';
import type { Store } from './store';

/** Some kilobytes in practice. */
const LARGEST_RECORD = 16 * 1024 * 1024;

const recordHead = z.looseObject({
	formatVersion: z.int().positive(),
	id: z.string(),
	level: z.enum(VERIFICATION_LEVELS),
	at: z.iso.datetime({ precision: 3 }),
});

/**
 * Reads the verification records of a backup in every store, and returns a sentence about each that is
 * not what was written. They say nothing against the backup itself, only about its history.
 * Rejects with `CancelledError`.
 */
export async function findDamagedRecords(
	repository: Repository,
	backup: BackupRef,
	signal?: AbortSignal,
): Promise<string[]> {
	const found = await Promise.all(
		repository.stores.map(async (store) => {
			try {
				return await checkIn(store, backup, signal);
			} catch (error) {
				if (signal?.aborted) throw cancelled('The verification');
				return [`The verification records in ${store.label} could not be read: ${reasonOf(error)}`];
			}
		}),
	);
	return found.flat();
}

async function checkIn(
	store: Store,
	backup: BackupRef,
	signal: AbortSignal | undefined,
): Promise<string[]> {
	const sentences: string[] = [];
	for await (const { key } of store.list(backupPrefix(backup), signal)) {
		const parsed = parseKey(key);
		if (parsed?.file.kind !== 'verification') continue;
		const body = await readSmallObject(store, key, LARGEST_RECORD, signal);
		if (body !== undefined && isSound(body, parsed)) continue;
		const name = key.slice(backupPrefix(backup).length);
		sentences.push(
			`The record ${name} in ${store.label} is damaged: do not count that verification.`,
		);
	}
	return sentences;
}

/** Whether the bytes are a record, whole, and of the very verification that its key names. */
function isSound(body: Buffer, { id, file }: ParsedKey): boolean {
	const seal = sealOf(body);
	if (seal === 'broken' || file.kind !== 'verification') return false;
	try {
		const record = recordHead.parse(JSON.parse(body.toString('utf8')));
		// Records of format 1 had no seal.
		if (seal === 'missing' && record.formatVersion > 1) return false;
		const at = formatStamp(new Date(record.at));
		return record.id === id && record.level === file.level && at === formatStamp(file.at);
	} catch {
		return false;
	}
}
