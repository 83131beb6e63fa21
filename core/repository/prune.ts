import { StoreError } from '../errors';
import { cancelled } from './cancellation';
import { type CatalogueEntry, mergeFolders } from './catalogue';
import {
	type BackupFolder,
	type FolderFilter,
	has,
	listFolders,
	type StoreFolders,
} from './folders';
import { EVENT_COMPONENT } from './keys';
import { type Leftover, removeLeftovers } from './leftovers';
import { hintOf, reasonIn, reasonOf } from './reason';
import { type Remainder, removeBackups } from './remove-backups';
import type { Repository } from './repository';
import { assertKeepRules, type KeepRules } from './retention';
import { groupByName, retentionOf } from './select-backups';
import type { Store } from './store';

export interface PruneRequest {
	/** Which backups; nothing means all but the records of events. */
	filter: FolderFilter;
	rules: KeepRules;
	/** IANA name of the zone in which days begin. */
	timeZone: string;
	/** Whether nothing is removed. */
	dryRun: boolean;
}

/** What became of one backup. */
export interface PrunedBackup {
	readonly entry: CatalogueEntry;
	/** `blocked`: a lock keeps it in at least one store. `failed`: a store did not remove it. */
	readonly outcome: 'kept' | 'removed' | 'would be removed' | 'blocked' | 'failed';
	/** Why it is kept, or why it is still there, by store. */
	readonly reasons: readonly string[];
}

export interface PruneReport {
	/** By component and name; in each the newest backup first. */
	readonly groups: { component: string; name: string; backups: PrunedBackup[] }[];
	readonly leftovers: Leftover[];
	/** What a person should know, as sentences. */
	readonly warnings: string[];
}

/** Some stores could not be pruned to the end; the others were. */
export class PruneError extends StoreError {
	constructor(
		/** What was done all the same. */
		readonly report: PruneReport,
		failures: readonly { store: { label: string }; failure: unknown }[],
	) {
		const count = report.groups
			.flatMap(({ backups }) => backups)
			.filter(({ outcome }) => outcome === 'removed').length;
		const reasons = failures.map(({ store, failure }) => reasonIn(store, failure));
		super(`Not every store could be pruned. ${reasons.join(' ')} Removed: ${count} backups.`, {
			hint: hintOf(failures[0]?.failure, 'Check that store, then prune again.'),
			cause: failures[0]?.failure,
		});
	}
}

/**
 * Removes the backups that no keep rule wants from all stores, and what crashed runs have left. Which
 * ones is decided over all stores together; see `decideRetention` for what always stays. Only what
 * was listed at the start is touched. Backups under a lock are reported, and are no failure.
 *
 * Rejects, before anything is touched, as `assertKeepRules` does and with `StoreError` when no store
 * can be listed; with `PruneError` when a store failed and the others were pruned; and with
 * `CancelledError`.
 */
export async function pruneBackups(
	repository: Repository,
	request: PruneRequest,
	signal?: AbortSignal,
): Promise<PruneReport> {
	const { filter, rules, timeZone, dryRun } = request;
	assertKeepRules(rules);
	const listed = await listFolders(repository, filter, signal);
	const isMeant = ({ component, name }: { component: string; name: string }) =>
		(filter.component ?? component) === component &&
		(filter.name ?? name) === name &&
		(component !== EVENT_COMPONENT || filter.component === EVENT_COMPONENT);
	const listings = listed.listings.map((listing) => onlyMeant(listing, isMeant));
	const entries = mergeFolders(listings).filter(({ committed }) => committed);
	const kept = retentionOf(entries, rules, { timeZone, now: new Date() });
	const doomed = new Set(
		entries.filter((entry) => kept.get(entry)?.length === 0).map((entry) => pathOf(entry)),
	);

	const pruned = await Promise.all(
		listings.map(
			async (listing) => await pruneStore(listing, doomed, { filter, dryRun, isMeant }, signal),
		),
	);
	if (signal?.aborted) throw cancelled('The prune');
	const report: PruneReport = {
		groups: [...groupByName(entries).values()].map((group) => ({
			component: group[0]?.component ?? '',
			name: group[0]?.name ?? '',
			backups: group.map((entry) => outcomeOf(entry, kept.get(entry) ?? [], pruned, dryRun)),
		})),
		leftovers: pruned.flatMap(({ leftovers }) => leftovers),
		warnings: pruned.flatMap(({ notes }) => notes),
	};
	const failures = [
		...listed.unavailable.map(({ store, reason }) => ({
			store: { label: store },
			failure: reason,
		})),
		...pruned.flatMap(failuresOf),
	];
	if (failures.length > 0) throw new PruneError(report, failures);
	return report;
}

/** What was done in one store. */
interface PrunedStore {
	store: Store;
	/** Backups that are still there although they were to go, by path. */
	remains: Map<string, Remainder>;
	/** Why the store as a whole was given up. */
	failure: unknown;
	leftovers: Leftover[];
	notes: string[];
}

async function pruneStore(
	{ store, folders }: StoreFolders,
	doomed: ReadonlySet<string>,
	request: Parameters<typeof removeLeftovers>[2],
	signal: AbortSignal | undefined,
): Promise<PrunedStore> {
	const going = [...folders].flatMap(([path, folder]) =>
		doomed.has(path) && has(folder, 'manifest') ? [folder] : [],
	);
	const remains = new Map<BackupFolder, Remainder>();
	const result: PrunedStore = {
		...{ store, remains: new Map(), failure: undefined, leftovers: [], notes: [] },
	};
	try {
		const { dryRun } = request;
		result.notes.push(...(await removeBackups(store, going, { dryRun, remains }, signal)));
		const rest = [...folders.values()].filter((folder) => !going.includes(folder));
		const { leftovers, notes } = await removeLeftovers(store, rest, request, signal);
		result.leftovers.push(...leftovers);
		result.notes.push(...notes);
	} catch (error) {
		result.failure = error;
	}
	for (const [folder, remainder] of remains) result.remains.set(pathOf(folder), remainder);
	return result;
}

function outcomeOf(
	entry: CatalogueEntry,
	kept: readonly string[],
	pruned: readonly PrunedStore[],
	dryRun: boolean,
): PrunedBackup {
	if (kept.length > 0) return { entry, outcome: 'kept', reasons: kept };
	const path = pathOf(entry);
	const remainders = pruned.flatMap(({ store, remains, failure }): [string, Remainder][] => {
		if (!entry.storedIn.includes(store.label)) return [];
		const found = remains.get(path);
		if (found) return [[store.label, found]];
		return failure === undefined ? [] : [[store.label, { reason: reasonOf(failure) }]];
	});
	const reasons = remainders.map(([store, { reason }]) => reasonIn({ label: store }, reason));
	if (remainders.some(([, { lock }]) => lock === undefined)) {
		return { entry, outcome: 'failed', reasons };
	}
	if (remainders.length > 0) return { entry, outcome: 'blocked', reasons };
	return { entry, outcome: dryRun ? 'would be removed' : 'removed', reasons: [] };
}

function failuresOf({ store, remains, failure, leftovers }: PrunedStore) {
	if (failure !== undefined) return [{ store, failure }];
	const [refused] = [...remains.values()].filter(({ lock }) => lock === undefined);
	const [left] = leftovers.filter(({ outcome }) => outcome === 'failed');
	const reason = refused?.reason ?? left?.reason;
	return reason === undefined ? [] : [{ store, failure: new Error(reason) }];
}

function onlyMeant(
	{ store, folders }: StoreFolders,
	isMeant: (backup: BackupFolder) => boolean,
): StoreFolders {
	return { store, folders: new Map([...folders].filter(([, folder]) => isMeant(folder))) };
}

const pathOf = ({ component, id }: { component: string; id: string }) => `${component}/${id}`;
