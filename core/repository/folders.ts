import { cancelled } from './cancellation';
import { type BackupFile, parseKey } from './keys';
import type { BackupRef } from './manifest-file';
import { reasonIn, reasonOf } from './reason';
import type { Repository } from './repository';
import type { Store, StoredObject } from './store';
import { StoreError } from '../errors';

/** Which backups are asked for; nothing means all. */
export interface FolderFilter {
	component?: string;
	name?: string;
}

/** One file in the folder of a backup. */
export interface FolderFile extends StoredObject {
	readonly file: BackupFile;
}

/** One folder `<component>/<name>/<id>/` in one store. */
export interface BackupFolder extends BackupRef {
	/** Whole seconds; the manifest has the exact instant. */
	consistencyPoint: Date;
	files: FolderFile[];
}

/** The folders of one store, by `<component>/<id>`. */
export interface StoreFolders {
	store: Store;
	folders: ReadonlyMap<string, BackupFolder>;
}

/** A store that could not be asked, and why. */
export interface Unavailable {
	store: string;
	reason: string;
}

/** Whether the store has both the manifest and a payload. */
export function isCommitted(folder: BackupFolder): boolean {
	return has(folder, 'manifest') && has(folder, 'payload');
}

/** Whether the folder has a file of this kind. */
export function has({ files }: BackupFolder, kind: BackupFile['kind']): boolean {
	return files.some(({ file }) => file.kind === kind);
}

/**
 * Reads the key names of every store in one pass each; no object is opened, and what is not part of
 * a backup is passed over. Rejects with `StoreError` when every store failed, and with
 * `CancelledError`.
 */
export async function listFolders(
	repository: Repository,
	filter: FolderFilter,
	signal?: AbortSignal,
): Promise<{ listings: StoreFolders[]; unavailable: Unavailable[] }> {
	const { stores } = repository;
	const results = await Promise.allSettled(stores.map((store) => foldersIn(store, filter, signal)));
	if (signal?.aborted) throw cancelled('Listing the backups');
	const listings: StoreFolders[] = [];
	const unavailable: Unavailable[] = [];
	stores.forEach((store, index) => {
		const result = results[index];
		if (result?.status === 'fulfilled') listings.push({ store, folders: result.value });
		else unavailable.push({ store: store.label, reason: reasonOf(result?.reason) });
	});
	if (listings.length === 0) throw noneAnswered(unavailable);
	return { listings, unavailable };
}

/** What the keys of these backups have in common at their beginning. */
export function prefixFor({ component, name }: FolderFilter): string {
	if (component === undefined) return '';
	return name === undefined ? `${component}/` : `${component}/${name}/`;
}

/** Read whole before anything is merged: half a listing must not pass for a store's answer. */
async function foldersIn(
	store: Store,
	filter: FolderFilter,
	signal: AbortSignal | undefined,
): Promise<Map<string, BackupFolder>> {
	const folders = new Map<string, BackupFolder>();
	for await (const object of store.list(prefixFor(filter), signal)) {
		const parsed = parseKey(object.key);
		if (parsed === undefined || (filter.name ?? parsed.name) !== parsed.name) continue;
		const { file, ...backup } = parsed;
		const path = `${backup.component}/${backup.id}`;
		let folder = folders.get(path);
		if (folder === undefined) {
			folder = { ...backup, files: [] };
			folders.set(path, folder);
		}
		folder.files.push({ ...object, file });
	}
	return folders;
}

function noneAnswered(unavailable: readonly Unavailable[]): StoreError {
	const reasons = unavailable.map(({ store, reason }) => reasonIn({ label: store }, reason));
	return new StoreError(`No store of the repository could be listed. ${reasons.join(' ')}`, {
		hint: 'Check the stores in the credential of the repository, then try again.',
	});
}
