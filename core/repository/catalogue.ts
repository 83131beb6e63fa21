import {
	type BackupFolder,
	type FolderFilter,
	isCommitted,
	listFolders,
	type StoreFolders,
	type Unavailable,
} from './folders';
import { isProof, type VerificationLevel } from './keys';
import type { Manifest } from './manifest';
import { readManifestIn, type BackupRef } from './manifest-file';
import type { Repository } from './repository';
import { firstThatWorks } from './store-choice';

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
	/** Labels of those that also have the record of a proof that the content can be had back. */
	provedIn: string[];
}

/** The backups of a repository, and the stores that could not be asked for theirs. */
export interface Catalogue {
	/** Newest first. */
	backups: CatalogueEntry[];
	unavailable: Unavailable[];
}

/**
 * Lists backups by one pass over the key names of each store; no object is opened. Rejects with
 * `StoreError` when every store failed, and with `CancelledError`.
 */
export async function listBackups(
	repository: Repository,
	filter: FolderFilter = {},
	signal?: AbortSignal,
): Promise<Catalogue> {
	const { listings, unavailable } = await listFolders(repository, filter, signal);
	return { backups: mergeFolders(listings), unavailable };
}

/** The backups in the folders of several stores, newest first. */
export function mergeFolders(listings: readonly StoreFolders[]): CatalogueEntry[] {
	const entries = new Map<string, CatalogueEntry>();
	for (const { store, folders } of listings) {
		for (const [path, folder] of folders) merge(entries, path, folder, store.label);
	}
	const backups = [...entries.values()].sort(newestFirst);
	for (const { verifications } of backups) verifications.sort((a, b) => +a.at - +b.at);
	return backups;
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

function merge(
	entries: Map<string, CatalogueEntry>,
	path: string,
	folder: BackupFolder,
	label: string,
): void {
	const { files, ...backup } = folder;
	const entry = entries.get(path) ?? {
		...backup,
		...{ committed: false, storedBytes: 0, verifications: [], storedIn: [], provedIn: [] },
	};
	entries.set(path, entry);
	for (const { file, bytes } of files) {
		// Beside the payload there may be what a crashed run with the same id left behind.
		if (file.kind === 'payload') entry.storedBytes = Math.max(entry.storedBytes, bytes);
		if (file.kind === 'verification') addVerification(entry, file);
	}
	if (!isCommitted(folder)) return;
	entry.committed = true;
	entry.storedIn.push(label);
	if (files.some(({ file }) => file.kind === 'verification' && isProof(file.level))) {
		entry.provedIn.push(label);
	}
}

function addVerification(
	{ verifications }: CatalogueEntry,
	{ level, at }: CatalogueEntry['verifications'][number],
): void {
	const isKnown = verifications.some((known) => known.level === level && +known.at === +at);
	if (!isKnown) verifications.push({ level, at });
}

function newestFirst(a: CatalogueEntry, b: CatalogueEntry): number {
	return +b.consistencyPoint - +a.consistencyPoint || (a.id < b.id ? -1 : 1);
}
