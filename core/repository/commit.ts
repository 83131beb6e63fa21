import { ConflictError, NotFoundError, StoreError } from '../errors';
import { type Copy, noCopyLeft } from './fan-out';
import { MANIFEST_FILE } from './keys';
import type { Manifest } from './manifest';
import { manifestFile } from './manifest-file';
import { hintOf, reasonIn, reasonOf } from './reason';
import { readSmallObject } from './small-object';
import type { Store } from './store';

/** Some stores have the backup and others do not; those that have it can restore it. */
export class PartialBackupError extends StoreError {
	/** Of the copies that exist. */
	readonly manifest: Manifest;
	/** Labels of the stores where the backup is committed. */
	readonly storedIn: readonly string[];

	constructor(manifest: Manifest, stored: readonly Copy[], others: readonly Copy[]) {
		const reasons = others.map((copy) => reasonIn(copy.store, copy.failure));
		const storedIn = stored.map((copy) => copy.store.label);
		super(
			`The backup ${manifest.id} is stored in ${storedIn.join(' and ')}, but not everywhere. ${reasons.join(' ')}`,
			{
				hint: `The copy that exists is whole and can be restored. ${hintOf(others[0]?.failure, 'Check the other store, then run the backup again.')}`,
				cause: others[0]?.failure,
			},
		);
		this.manifest = manifest;
		this.storedIn = storedIn;
	}
}

/**
 * Makes the copies that are alive a backup, by writing the manifest beside each. Rejects with
 * `ConflictError` when another run has committed this id, with `PartialBackupError` when only some
 * stores have the backup in the end, and with `StoreError` when none has.
 */
export async function commitManifest(
	prefix: string,
	manifest: Manifest,
	copies: readonly Copy[],
): Promise<void> {
	const body = manifestFile(manifest);
	const committed: Copy[] = [];
	const inDoubt: Copy[] = [];
	// One after the other and always in the same order: the first store decides between two runs.
	for (const copy of copies.filter(({ alive }) => alive)) {
		const outcome = await putManifest(copy.store, prefix + MANIFEST_FILE, body);
		if (outcome.state === 'ours') {
			copy.keep();
			committed.push(copy);
		} else if (outcome.state === 'theirs') {
			const conflict = lostTo(manifest.id, copy.store);
			if (committed.length === 0) throw conflict;
			await copy.discard(conflict);
		} else if (outcome.state === 'absent') {
			await copy.discard(outcome.failure);
		} else {
			copy.failure = outcome.failure;
			copy.keep();
			inDoubt.push(copy);
		}
	}
	const others = copies.filter((copy) => !committed.includes(copy));
	if (committed.length === 0 && inDoubt.length > 0) throw nothingSure(manifest.id, copies);
	if (committed.length === 0) throw noCopyLeft(copies);
	if (others.length > 0) throw new PartialBackupError(manifest, committed, others);
}

type Outcome =
	{ state: 'ours' } | { state: 'theirs' } | { state: 'absent' | 'unknown'; failure: unknown };

async function putManifest(store: Store, key: string, body: Buffer): Promise<Outcome> {
	try {
		await store.putIfAbsent(key, body);
		return { state: 'ours' };
	} catch (failure) {
		return await whoseManifest(store, key, body, failure);
	}
}

/**
 * An answer that got lost may hide a success, and its repetition then meets our own manifest: only
 * reading it back tells.
 */
async function whoseManifest(
	store: Store,
	key: string,
	body: Buffer,
	failure: unknown,
): Promise<Outcome> {
	try {
		const found = await readSmallObject(store, key, body.length + 1);
		return { state: found?.equals(body) ? 'ours' : 'theirs' };
	} catch (error) {
		if (error instanceof NotFoundError) return { state: 'absent', failure };
		return { state: 'unknown', failure: unknownOutcome(failure) };
	}
}

function lostTo(id: string, store: Store): ConflictError {
	return new ConflictError(
		`Another run has committed a backup with the id ${id} in ${store.label} already.`,
		{ hint: 'That backup was left untouched, and the copy of this run was removed.' },
	);
}

function nothingSure(id: string, copies: readonly Copy[]): StoreError {
	const reasons = copies.map((copy) => reasonIn(copy.store, copy.failure));
	return new StoreError(`It is unknown whether the backup ${id} exists. ${reasons.join(' ')}`, {
		hint: 'List the backups once the store answers again. Until then, count on no backup of this run.',
		cause: copies[0]?.failure,
	});
}

function unknownOutcome(failure: unknown): StoreError {
	return new StoreError(
		`Whether the backup was committed there is unknown, because the store stopped answering: ${reasonOf(failure)}`,
		{ hint: 'List the backups once the store answers again.', cause: failure },
	);
}
