import { type BackupFolder, type FolderFile, type FolderFilter, has } from './folders';
import { isOwnPayload, isProbe, MANIFEST_FILE, parseKey, PROBE_FOLDER, PROBE_OBJECT } from './keys';
import { lockSentence } from './lock';
import { readManifestIn } from './manifest-file';
import { backupPrefix } from './naming';
import { reasonIn, sentencesOf } from './reason';
import type { Store } from './store';

/** A backup that is still being made may lie there unfinished for that long. */
const DAY_MS = 24 * 60 * 60_000;
const PROBE_PREFIXES = [`${PROBE_FOLDER}/`, PROBE_OBJECT];

/** What a crash has left in a store, and what became of it. */
export interface Leftover {
	readonly store: string;
	readonly key: string;
	readonly outcome: 'removed' | 'would be removed' | 'blocked' | 'failed';
	/** Why it is still there. */
	readonly reason?: string;
}

/**
 * Removes from one store what runs have left unfinished, and nobody has touched for a day by the
 * store's own clock: begun writes, payloads and records without a manifest, payloads that their
 * manifest does not name, what a repair needs while it runs, and probes. What this software cannot have written stays.
 *
 * Never rejects for want of a right, but returns a sentence about it; rejects with `CancelledError`.
 */
export async function removeLeftovers(
	store: Store,
	folders: readonly BackupFolder[],
	{ filter, dryRun, isMeant }: LeftoverRequest,
	signal?: AbortSignal,
): Promise<{ leftovers: Leftover[]; notes: string[] }> {
	const leftovers: Leftover[] = [];
	const notes: string[] = [];
	const attempt = async (what: string, action: () => Promise<void>) => {
		try {
			await action();
		} catch (error) {
			signal?.throwIfAborted();
			notes.push(`${what} could not be looked for. ${reasonIn(store, sentencesOf(error))}`);
		}
	};
	await attempt('Leftovers', async () => {
		const since = new Date((await store.now(signal)).getTime() - DAY_MS);
		const keys = await staleKeys(store, folders, since, signal);
		if (filter.component === undefined && filter.name === undefined) {
			keys.push(...(await staleProbes(store, since, signal)));
		}
		leftovers.push(...(await removeKeys(store, keys, dryRun, signal)));
		await attempt('Unfinished uploads', async () => {
			for await (const write of store.abandoned((key) => isOwn(key, isMeant), since, signal)) {
				if (!dryRun) await write.remove(signal);
				const outcome = dryRun ? 'would be removed' : 'removed';
				leftovers.push({ store: store.label, key: write.key, outcome });
			}
		});
	});
	return { leftovers, notes };
}

interface LeftoverRequest {
	filter: FolderFilter;
	dryRun: boolean;
	/** Whether backups of this component and name are asked for. */
	isMeant: (backup: { component: string; name: string }) => boolean;
}

function isOwn(key: string, isMeant: LeftoverRequest['isMeant']): boolean {
	const parsed = parseKey(key);
	if (parsed === undefined) return isProbe(key);
	return (
		isMeant(parsed) && (parsed.file.kind !== 'payload' || isOwnPayload(parsed.id, nameOf(key)))
	);
}

async function staleKeys(
	store: Store,
	folders: readonly BackupFolder[],
	since: Date,
	signal: AbortSignal | undefined,
): Promise<string[]> {
	const keys: string[] = [];
	for (const folder of folders) {
		const payloads = folder.files.filter(({ key }) => isOwnPayload(folder.id, nameOf(key)));
		const ofRepairs = folder.files.filter(({ file }) => file.kind === 'repair');
		const isStale = ({ modifiedAt }: FolderFile) => modifiedAt < since;
		if (has(folder, 'manifest')) {
			keys.push(...ofRepairs.filter(isStale).map(({ key }) => key));
			if (payloads.length < 2) continue;
			const stale = payloads.filter(isStale);
			// Only the manifest tells which of several payloads is the backup.
			if (stale.length > 0) keys.push(...(await unnamed(store, folder, stale, signal)));
		} else if (folder.files.every(isStale) && !(await isCommittedNow(store, folder, signal))) {
			const records = folder.files.filter(({ file }) => file.kind === 'verification');
			keys.push(...[...records, ...ofRepairs, ...payloads].map(({ key }) => key));
		}
	}
	return keys;
}

/** A repair may have brought the manifest back since the listing, and every other file is old then. */
async function isCommittedNow(
	store: Store,
	folder: BackupFolder,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	const manifest = backupPrefix(folder) + MANIFEST_FILE;
	for await (const { key } of store.list(manifest, signal)) if (key === manifest) return true;
	return false;
}

async function unnamed(
	store: Store,
	folder: BackupFolder,
	payloads: readonly { key: string }[],
	signal: AbortSignal | undefined,
): Promise<string[]> {
	try {
		const { payload } = await readManifestIn(store, folder, signal);
		const named = backupPrefix(folder) + payload.file;
		const isThere = folder.files.some(({ key }) => key === named);
		return isThere ? payloads.map(({ key }) => key).filter((key) => key !== named) : [];
	} catch {
		signal?.throwIfAborted();
		// A verification says what is wrong with the manifest; until then nothing of this is touched.
		return [];
	}
}

async function staleProbes(
	store: Store,
	since: Date,
	signal: AbortSignal | undefined,
): Promise<string[]> {
	const keys: string[] = [];
	for (const prefix of PROBE_PREFIXES) {
		for await (const { key, modifiedAt } of store.list(prefix, signal)) {
			if (isProbe(key) && modifiedAt < since) keys.push(key);
		}
	}
	return keys;
}

async function removeKeys(
	store: Store,
	keys: readonly string[],
	dryRun: boolean,
	signal: AbortSignal | undefined,
): Promise<Leftover[]> {
	const facts = (key: string) => ({ store: store.label, key });
	const locks = await store.locks(keys, signal);
	const blocked = [...locks].map(([key, lock]): Leftover => {
		return { ...facts(key), outcome: 'blocked', reason: lockSentence(lock) };
	});
	const free = keys.filter((key) => !locks.has(key));
	if (dryRun) {
		return [
			...blocked,
			...free.map((key): Leftover => ({ ...facts(key), outcome: 'would be removed' })),
		];
	}
	const { refused } = await store.remove(free, signal);
	const reasons = new Map(refused.map((refusal) => [refusal.key, refusal]));
	const others = free.map((key): Leftover => {
		const refusal = reasons.get(key);
		if (refusal === undefined) return { ...facts(key), outcome: 'removed' };
		return { ...facts(key), outcome: refusal.lock ? 'blocked' : 'failed', reason: refusal.reason };
	});
	return [...blocked, ...others];
}

const nameOf = (key: string) => key.slice(key.lastIndexOf('/') + 1);
