import { ConflictError, NotFoundError, StoreError } from '../errors';
import { cancelled } from './cancellation';
import { MANIFEST_FILE, verificationFile, type VerificationLevel } from './keys';
import { FORMAT_VERSION } from './manifest';
import type { BackupRef } from './manifest-file';
import { backupPrefix } from './naming';
import { hintOf, reasonIn } from './reason';
import type { Repository } from './repository';
import { sealedJson } from './sealed-json';
import type { Store } from './store';
import { tool } from './tool';

export { VERIFICATION_LEVELS, type VerificationLevel } from './keys';

/** What a record can hold beside its fixed facts. */
export type JsonValue =
	string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A verification that was passed; others are not recorded. */
export interface Verification {
	level: VerificationLevel;
	/** When it ended. */
	at: Date;
	durationMs: number;
	/** What was checked and counted; never a secret. */
	details: { readonly [key: string]: JsonValue };
}

/**
 * Writes `verified-<level>-<time>.json` beside the backup in every store that holds it. A record of
 * the same level and second counts as this one. Rejects with `NotFoundError` when no store holds
 * the backup, with `StoreError` naming the stores without the record, and with `CancelledError`.
 */
export async function recordVerification(
	repository: Repository,
	ref: BackupRef,
	record: Verification,
	signal?: AbortSignal,
): Promise<void> {
	const prefix = backupPrefix(ref);
	const key = prefix + verificationFile(record.level, record.at);
	const body = sealedJson(contentOf(ref, record));
	const results = await Promise.allSettled(
		repository.stores.map((store) => writeIn(store, prefix, key, body, signal)),
	);
	if (signal?.aborted) throw cancelled('Recording the verification');
	const failures = repository.stores.flatMap((store, index) => {
		const result = results[index];
		return result?.status === 'rejected' ? [{ store, reason: result.reason as unknown }] : [];
	});
	const [first] = failures;
	if (first) {
		const reasons = failures.map(({ store, reason }) => reasonIn(store, reason));
		throw new StoreError(
			`The verification of ${ref.id} could not be recorded everywhere. ${reasons.join(' ')}`,
			{
				hint: `The verification itself was passed. ${hintOf(first.reason, 'Check the store and verify again to record it.')}`,
				cause: first.reason,
			},
		);
	}
	if (results.every((result) => result.status === 'fulfilled' && !result.value)) {
		throw new NotFoundError(`No store of the repository holds the backup ${ref.id}.`, {
			hint: 'Choose a backup from the list.',
		});
	}
}

function contentOf({ id }: BackupRef, { level, at, durationMs, details }: Verification) {
	const file = { formatVersion: FORMAT_VERSION, id, level };
	return { ...file, at: at.toISOString(), durationMs, tool, details };
}

/** Resolves to whether the store holds the backup, and so now the record. */
async function writeIn(
	store: Store,
	prefix: string,
	key: string,
	body: Buffer,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	if (!(await isCommittedIn(store, prefix, signal))) return false;
	try {
		await store.putIfAbsent(key, body, signal);
	} catch (error) {
		if (!(error instanceof ConflictError)) throw error;
	}
	return true;
}

async function isCommittedIn(
	store: Store,
	prefix: string,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	for await (const { key } of store.list(prefix, signal)) {
		if (key === prefix + MANIFEST_FILE) return true;
	}
	return false;
}
