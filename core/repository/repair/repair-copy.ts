import { ConflictError, IntegrityError, NotFoundError } from '../../errors';
import { parseKey, MANIFEST_FILE } from '../keys';
import { type BackupRef, readManifestFileIn } from '../manifest-file';
import { backupPrefix } from '../naming';
import { sealOf } from '../sealed-json';
import { readSmallObject } from '../small-object';
import type { Store, StoredObject } from '../store';
import { objectsOf, withClaim } from './claim';
import { copyObject, type ProvedObject, proveObject } from './copy-object';
import { stagedKey } from './keys';

/** What a store lacked or had damaged, and now has. */
export type Repaired = ('payload' | 'manifest' | 'records')[];

export interface RepairOptions {
	signal?: AbortSignal;
	/** Milliseconds after which the claim of a killed repair counts no more; the tests lower it. */
	claimLapsesAfterMs?: number;
}

/** The good copy, as it is to be in every store. */
interface Original {
	readonly store: Store;
	readonly payload: ProvedObject;
	readonly manifest: { readonly key: string; readonly body: Buffer };
}

/** What is wrong in the store that is to be repaired. */
interface Plan {
	readonly needsPayload: boolean;
	readonly needsManifest: boolean;
	/** What lies in the place of what is needed. */
	readonly damaged: { payload?: StoredObject; manifest?: StoredObject };
}

/**
 * Makes the copy of a backup in `target` the same as that in `source`, which is only read, and proved
 * while it is read. A damaged payload stays where it is until a good one lies beside it in the same
 * store. It goes then, manifest first, so that whatever ends the repair leaves either the damaged copy
 * as it was, or files that are no backup. The manifest comes back last, once the payload in its place
 * was read back and proved.
 *
 * Rejects with `IntegrityError` where the source is not whole, with `ConflictError` where another run
 * is at it or the target has another backup under this id, with `StoreError` (a full disk, an object
 * that is locked, …) and with `CancelledError`.
 */
export async function repairCopy(
	backup: BackupRef,
	source: Store,
	target: Store,
	options: RepairOptions = {},
): Promise<Repaired> {
	const { signal } = options;
	const original = await originalIn(source, backup, signal);
	const plan = await planFor(target, backup, original, signal);
	if (plan.needsPayload || plan.needsManifest) {
		await carryOut(plan, backup, original, target, options);
	}
	const records = await copyRecords(backup, source, target, signal);
	return [
		...(plan.needsPayload ? (['payload'] as const) : []),
		...(plan.needsManifest ? (['manifest'] as const) : []),
		...(records > 0 ? (['records'] as const) : []),
	];
}

async function originalIn(
	store: Store,
	backup: BackupRef,
	signal?: AbortSignal,
): Promise<Original> {
	const { manifest, body } = await readManifestFileIn(store, backup, signal);
	const prefix = backupPrefix(backup);
	const { file, stored } = manifest.payload;
	return {
		store,
		payload: { store, key: prefix + file, digest: stored },
		manifest: { key: prefix + MANIFEST_FILE, body },
	};
}

async function planFor(
	target: Store,
	backup: BackupRef,
	original: Original,
	signal?: AbortSignal,
): Promise<Plan> {
	const objects = await objectsOf(target, backup, signal);
	const payload = objects.get(original.payload.key);
	const manifest = objects.get(original.manifest.key);
	const hasManifest =
		manifest !== undefined && (await hasSameManifest(target, backup, original, signal));
	const needsPayload =
		payload === undefined || !(await isWhole({ ...original.payload, store: target }, signal));
	return {
		needsPayload,
		needsManifest: !hasManifest,
		damaged: {
			...(needsPayload && payload && { payload }),
			...(!hasManifest && manifest && { manifest }),
		},
	};
}

async function hasSameManifest(
	target: Store,
	backup: BackupRef,
	{ manifest }: Original,
	signal?: AbortSignal,
): Promise<boolean> {
	try {
		const { body } = await readManifestFileIn(target, backup, signal);
		if (body.equals(manifest.body)) return true;
	} catch (error) {
		if (error instanceof IntegrityError || error instanceof NotFoundError) return false;
		throw error;
	}
	throw new ConflictError(`${target.label} has another backup under the id ${backup.id}.`, {
		hint: 'It was left as it is. Find out which of the two is the right one, and move the other away by hand.',
	});
}

async function isWhole(object: ProvedObject, signal?: AbortSignal): Promise<boolean> {
	try {
		await proveObject(object, signal);
		return true;
	} catch (error) {
		if (error instanceof IntegrityError) return false;
		throw error;
	}
}

async function carryOut(
	plan: Plan,
	backup: BackupRef,
	original: Original,
	target: Store,
	{ signal, claimLapsesAfterMs }: RepairOptions,
): Promise<void> {
	const { payload, manifest } = original;
	const place = { ...payload, store: target };
	const staged = plan.damaged.payload && { ...place, key: stagedKey(backup) };
	if (staged) await copyObject(payload, staged, signal);
	let isSpare = true;
	const remove = async () => {
		await assertUnchanged(plan, backup, target, signal);
		isSpare = false;
		try {
			await removeDamaged(plan, original, target);
		} catch (error) {
			isSpare = await assertUnchanged(plan, backup, target).then(
				() => true,
				() => false,
			);
			throw error;
		}
	};
	try {
		if (plan.damaged.payload || plan.damaged.manifest) {
			await withClaim(target, backup, remove, signal, claimLapsesAfterMs);
		}
		if (plan.needsPayload) {
			await copyObject(staged ?? payload, place, signal);
			await proveObject(place, signal);
		}
		isSpare = true;
		await putManifest(target, manifest, signal);
	} finally {
		// Not when it may be all that the store still has; then it stays until the next prune.
		if (staged && isSpare) await target.delete(staged.key).catch(() => undefined);
	}
}

/** Another repair may have been faster: only what is as it was when it was found damaged may go. */
async function assertUnchanged(
	{ damaged }: Plan,
	backup: BackupRef,
	target: Store,
	signal?: AbortSignal,
): Promise<void> {
	const now = await objectsOf(target, backup, signal);
	for (const found of [damaged.payload, damaged.manifest]) {
		if (found === undefined || isSame(found, now.get(found.key))) continue;
		throw new ConflictError(`${found.key} in ${target.label} has changed during the repair.`, {
			hint: 'Another repair may have made it good. Verify the backup again.',
		});
	}
}

/** Not to be cancelled half way. */
async function removeDamaged(
	{ damaged, needsManifest }: Plan,
	{ payload, manifest }: Original,
	target: Store,
): Promise<void> {
	if (damaged.manifest || !needsManifest) await target.delete(manifest.key);
	if (!damaged.payload) return;
	try {
		await target.delete(payload.key);
	} catch (error) {
		// Nothing is gained, so nothing shall look different: a lock has kept it, for example.
		if (!needsManifest) await putManifest(target, manifest).catch(() => undefined);
		throw error;
	}
}

function isSame(found: StoredObject, now: StoredObject | undefined): boolean {
	return now?.bytes === found.bytes && +now.modifiedAt === +found.modifiedAt;
}

/** A manifest with the very same bytes is as good: the one that stayed, or that of another repair. */
async function putManifest(
	target: Store,
	{ key, body }: Original['manifest'],
	signal?: AbortSignal,
): Promise<void> {
	try {
		await target.putIfAbsent(key, body, signal);
	} catch (error) {
		if (!(error instanceof ConflictError)) throw error;
		const found = await readSmallObject(target, key, body.length + 1, signal);
		if (!found?.equals(body)) throw error;
	}
}

/** Those that the target has none of that name of; resolves to how many. */
async function copyRecords(
	backup: BackupRef,
	source: Store,
	target: Store,
	signal?: AbortSignal,
): Promise<number> {
	const [theirs, ours] = await Promise.all([
		objectsOf(source, backup, signal),
		objectsOf(target, backup, signal),
	]);
	let copied = 0;
	for (const { key, bytes } of theirs.values()) {
		if (parseKey(key)?.file.kind !== 'verification' || ours.has(key)) continue;
		const body = await readSmallObject(source, key, bytes, signal);
		// One that is damaged proves nothing.
		if (body === undefined || sealOf(body) === 'broken') continue;
		try {
			await target.putIfAbsent(key, body, signal);
			copied += 1;
		} catch (error) {
			if (!(error instanceof ConflictError)) throw error;
		}
	}
	return copied;
}
