import { StoreError } from '../errors';
import { cancelled } from './cancellation';
import { parseKey, type ParsedKey, type VerificationLevel } from './keys';
import type { Manifest } from './manifest';
import { readManifestIn, type BackupRef } from './manifest-file';
import { reasonIn, reasonOf } from './reason';
import type { Repository } from './repository';
import { firstThatWorks } from './store-choice';
import type { Store, StoredObject } from './store';

export type { BackupRef } from './manifest-file';

/** A backup as the key names of all stores tell it. */
export interface CatalogueEntry extends BackupRef {
	/** Whole seconds; the manifest has the exact instant. */
	consistencyPoint: Date;
	/** Whether at least one store has both the manifest and a payload. */
	committed: boolean;
	/** Of the payload in one store; the largest where stores differ. */
	storedBytes: number;
	/** Every level that was passed, oldest first. */
	verifications: { level: VerificationLevel; at: Date }[];
	/** Labels of the stores with a committed copy. */
	storedIn: string[];
}

/** The backups of a repository, and the stores that could not be asked for theirs. */
export interface Catalogue {
	/** Newest first. */
	backups: CatalogueEntry[];
	unavailable: { store: string; reason: string }[];
}

/**
 * Lists backups by one pass over the key names of each store; no object is opened. Rejects with
 * `StoreError` when every store failed, and with `CancelledError`.
 */
export async function listBackups(
	repository: Repository,
	filter: { component?: string; name?: string } = {},
	signal?: AbortSignal,
): Promise<Catalogue> {
	const prefix = prefixFor(filter);
	const listings = await Promise.allSettled(
		repository.stores.map((store) => foldersIn(store, prefix, filter, signal)),
	);
	if (signal?.aborted) throw cancelled('Listing the backups');
	const entries = new Map<string, CatalogueEntry>();
	const unavailable: Catalogue['unavailable'] = [];
	repository.stores.forEach((store, index) => {
		const listing = listings[index];
		if (listing?.status === 'fulfilled') {
			for (const [path, folder] of listing.value) merge(entries, path, folder, store);
		} else unavailable.push({ store: store.label, reason: reasonOf(listing?.reason) });
	});
	if (unavailable.length === repository.stores.length) throw noneAnswered(unavailable);
	const backups = [...entries.values()].sort(newestFirst);
	for (const { verifications } of backups) verifications.sort((a, b) => +a.at - +b.at);
	return { backups, unavailable };
}

/**
 * The manifest of a backup, from the first store that has a whole one. Rejects as `readManifestIn`
 * does, and with `CancelledError`.
 */
export async function readManifest(
	repository: Repository,
	ref: BackupRef,
	signal?: AbortSignal,
): Promise<Manifest> {
	const { stores } = repository;
	return await firstThatWorks(stores, (store) => readManifestIn(store, ref, signal), signal);
}

/** One folder `<component>/<name>/<id>/` in one store. */
interface Folder {
	key: ParsedKey;
	hasManifest: boolean;
	hasPayload: boolean;
	payloadBytes: number;
	verifications: CatalogueEntry['verifications'];
}

function prefixFor({ component, name }: { component?: string; name?: string }): string {
	if (component === undefined) return '';
	return name === undefined ? `${component}/` : `${component}/${name}/`;
}

/** Read whole before anything is merged: half a listing must not pass for a store's answer. */
async function foldersIn(
	store: Store,
	prefix: string,
	filter: { name?: string },
	signal: AbortSignal | undefined,
): Promise<Map<string, Folder>> {
	const folders = new Map<string, Folder>();
	for await (const object of store.list(prefix, signal)) {
		const key = parseKey(object.key);
		if (key === undefined || (filter.name ?? key.name) !== key.name) continue;
		const path = `${key.component}/${key.id}`;
		let folder = folders.get(path);
		if (folder === undefined) {
			folder = { key, hasManifest: false, hasPayload: false, payloadBytes: 0, verifications: [] };
			folders.set(path, folder);
		}
		addFile(folder, key.file, object);
	}
	return folders;
}

function addFile(folder: Folder, file: ParsedKey['file'], object: StoredObject): void {
	if (file.kind === 'manifest') folder.hasManifest = true;
	else if (file.kind === 'verification') {
		folder.verifications.push({ level: file.level, at: file.at });
	} else {
		folder.hasPayload = true;
		// Beside the payload there may be what a crashed run with the same id left behind.
		folder.payloadBytes = Math.max(folder.payloadBytes, object.bytes);
	}
}

function merge(
	entries: Map<string, CatalogueEntry>,
	path: string,
	folder: Folder,
	{ label }: Store,
): void {
	const { component, name, id, consistencyPoint } = folder.key;
	const committed = folder.hasManifest && folder.hasPayload;
	const entry = entries.get(path) ?? {
		...{ component, name, id, consistencyPoint },
		...{ committed: false, storedBytes: 0, verifications: [], storedIn: [] },
	};
	entries.set(path, entry);
	entry.committed ||= committed;
	entry.storedBytes = Math.max(entry.storedBytes, folder.payloadBytes);
	if (committed) entry.storedIn.push(label);
	for (const one of folder.verifications) {
		const isKnown = entry.verifications.some((v) => v.level === one.level && +v.at === +one.at);
		if (!isKnown) entry.verifications.push(one);
	}
}

function newestFirst(a: CatalogueEntry, b: CatalogueEntry): number {
	return +b.consistencyPoint - +a.consistencyPoint || (a.id < b.id ? -1 : 1);
}

function noneAnswered(unavailable: Catalogue['unavailable']): StoreError {
	const reasons = unavailable.map(({ store, reason }) => reasonIn({ label: store }, reason));
	return new StoreError(`No store of the repository could be listed. ${reasons.join(' ')}`, {
		hint: 'Check the stores in the credential of the repository, then try again.',
	});
}
