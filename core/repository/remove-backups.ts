import type { BackupFolder } from './folders';
import { type BackupFile, isOwnPayload } from './keys';
import { lockSentence } from './lock';
import type { Lock, Store } from './store';

/** So many backups are taken on at once: what a kill leaves half removed is at most these. */
const AT_ONCE = 500;
/** Without its manifest the rest is no backup any more, whatever happens next. */
const ORDER: readonly BackupFile['kind'][] = ['manifest', 'verification', 'repair', 'payload'];

/** Why a backup is still, in whole or in part, in a store that it was to leave. */
export interface Remainder {
	readonly reason: string;
	/** Set where a lock keeps it, which is no fault. */
	readonly lock?: Lock;
}

/**
 * Removes backups from one store, oldest first, and of each the manifest first and the payload last.
 * One that is locked in any of its parts is left whole. Fills `remains` with those that are not gone;
 * in a dry run only with those that are locked. Returns sentences for people. Rejects where the
 * store as a whole fails.
 */
export async function removeBackups(
	store: Store,
	folders: readonly BackupFolder[],
	{ dryRun, remains }: { dryRun: boolean; remains: Map<BackupFolder, Remainder> },
	signal?: AbortSignal,
): Promise<string[]> {
	const notes = new Set<string>();
	const oldestFirst = folders.toSorted((a, b) => +a.consistencyPoint - +b.consistencyPoint);
	for (let at = 0; at < oldestFirst.length; at += AT_ONCE) {
		const some = oldestFirst.slice(at, at + AT_ONCE);
		await setLockedAside(store, some, remains, signal);
		if (dryRun) continue;
		for (const kind of ORDER) {
			const left = some.filter((folder) => !remains.has(folder));
			const owners = new Map(
				left.flatMap((folder) => keysOf(folder, kind).map((key) => [key, folder])),
			);
			if (owners.size === 0) continue;
			const removal = await store.remove([...owners.keys()], signal);
			for (const note of removal.notes) notes.add(note);
			for (const { key, reason, lock } of removal.refused) {
				const owner = owners.get(key);
				if (owner) remains.set(owner, { reason, ...(lock && { lock }) });
			}
		}
	}
	return [...notes];
}

/** The keys of the files of one kind that are certainly ours. */
function keysOf({ id, files }: BackupFolder, kind: BackupFile['kind']): string[] {
	return files
		.filter(({ file }) => file.kind === kind)
		.map(({ key }) => key)
		.filter((key) => kind !== 'payload' || isOwnPayload(id, key.slice(key.lastIndexOf('/') + 1)));
}

async function setLockedAside(
	store: Store,
	folders: readonly BackupFolder[],
	remains: Map<BackupFolder, Remainder>,
	signal: AbortSignal | undefined,
): Promise<void> {
	const keys = folders.flatMap((folder) => [
		...keysOf(folder, 'manifest'),
		...keysOf(folder, 'payload'),
	]);
	const locks = await store.locks(keys, signal);
	for (const folder of folders) {
		const found = folder.files.flatMap(({ key }) => locks.get(key) ?? []);
		const [lock] = found.toSorted((a, b) => +(b.until ?? 0) - +(a.until ?? 0));
		if (lock !== undefined) remains.set(folder, { reason: lockSentence(lock), lock });
	}
}
