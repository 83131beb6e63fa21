import { DisasterRecoveryError } from '../../errors';
import { freeMemory } from '../../free-memory';
import { cancelled } from '../../repository/cancellation';
import type { BackupRef } from '../../repository/catalogue';
import type { FetchedSnapshot } from './fetch-snapshot';
import { persist } from './persist';
import type { Plan } from './plan';
import {
	NotTakenError,
	replicate,
	REPLICATION_LIMITS,
	type Reachability,
	type ReplicationLimits,
} from './replicate';
import type { KeySelection } from './key-selection';
import { restoreByCommands } from './restore-by-commands';
import { databasesOf, requireSameCounts, type RestoredDatabase } from './restored-state';
import { ServerSession } from './server-session';
import { openChecked } from './snapshot-file';
import { readTargetFacts } from './target-facts';
import type { Transfer, TransferMode } from './transfer-mode';

/** What the two methods need to know. */
export interface RestoreRun {
	runId: string;
	/** Named after the run. */
	session: ServerSession;
	snapshot: FetchedSnapshot;
	reachability?: Reachability;
	selection: KeySelection;
	existing: 'replace' | 'fail';
	flush: boolean;
	limits?: Partial<ReplicationLimits>;
	/** With the bytes that were sent, or the keys that were restored. */
	onProgress: (phase: 'restoring' | 'saving', done: number) => void;
	signal?: AbortSignal;
}

/** What a restore has done. */
export interface RestoreOutcome {
	method: 'replication' | 'commands';
	/** Of replication. */
	mode?: TransferMode;
	/** What the server holds afterwards, by its own account. */
	databases: RestoredDatabase[];
	/** Keys that were restored. */
	keys: number;
	/** Keys that were left out because they would have expired by now. */
	expiredKeys: number;
	/** Keys that were left out by the selection. */
	notSelectedKeys: number;
	/**
	 * Whether the server's counts of keys, expiries and libraries were compared with the snapshot before
	 * anybody could change them. With commands it has confirmed each key instead.
	 */
	countsCompared: boolean;
	/** Of the part in which the server was changed. */
	restoringMs: number;
	warnings: string[];
}

/** Restores as planned. A failure tells in its message where the data of before are. */
export async function executePlan(
	run: RestoreRun,
	plan: Plan,
	safetySnapshot: BackupRef | undefined,
): Promise<RestoreOutcome> {
	if (run.signal?.aborted) throw cancelled('The restore');
	try {
		return plan.method === 'replication' ? await byTransfer(run, plan) : await byCommands(run);
	} catch (error) {
		if (error instanceof DisasterRecoveryError && safetySnapshot) {
			error.message = `${error.message} The data of before are in the backup ${safetySnapshot.id}.`;
		}
		throw error;
	}
}

async function byTransfer(run: RestoreRun, { mode, otherwise }: Transfer): Promise<RestoreOutcome> {
	try {
		return await byReplication(run, mode);
	} catch (error) {
		if (otherwise === undefined || !(error instanceof NotTakenError)) throw error;
		const outcome = await byReplication(run, otherwise);
		outcome.warnings.unshift(
			'The server could not take the snapshot by its disk, and took it into memory instead. Its log says why.',
		);
		return outcome;
	}
}

async function byReplication(run: RestoreRun, mode: TransferMode): Promise<RestoreOutcome> {
	const { runId, session, signal, onProgress, reachability } = run;
	const { contents, facts, file } = run.snapshot;
	if (!reachability) throw new Error('Replication was planned without an address');
	let databases: RestoredDatabase[] = [];
	// Now and not earlier: the safety snapshot may have given the server another one.
	const { replicationId, runId: serverRunId } = await readTargetFacts(session);
	const startedAt = Date.now();
	await replicate({
		...{ ids: { runId, serverRunId }, session, mode, replicationId, reachability },
		snapshot: {
			open: () => openChecked(file, facts.checksum === 'verified'),
			release: freeMemory,
			bytes: file.bytes,
		},
		limits: { ...REPLICATION_LIMITS, ...run.limits },
		inspect: (info) => {
			databases = databasesOf(info);
			if (contents) requireSameCounts(info, contents);
		},
		onProgress: (_phase, bytes) => onProgress('restoring', bytes),
		...(signal && { signal }),
	});
	const restoringMs = Date.now() - startedAt;
	onProgress('saving', 0);
	return {
		...{ method: 'replication', mode, databases, restoringMs },
		...{ expiredKeys: 0, notSelectedKeys: 0, countsCompared: contents !== undefined },
		keys: databases.reduce((sum, { keys }) => sum + keys, 0),
		warnings: [
			...(contents ? [] : ['The snapshot is newer than what can be counted here.']),
			...(await persist(session.server, mode, signal)),
		],
	};
}

async function byCommands(run: RestoreRun): Promise<RestoreOutcome> {
	const { snapshot, selection, existing, flush, signal, onProgress } = run;
	// Not with the signal: after a cancel, what is under way is waited for, so that it can be told.
	const session = await ServerSession.open(run.session.server);
	try {
		const target = await readTargetFacts(session);
		const startedAt = Date.now();
		const done = await restoreByCommands({
			...{ session, items: snapshot.items, selection, existing, flush },
			mayRepeat: snapshot.facts.format === 'records',
			functions: selection.pattern === undefined && selection.databases === undefined,
			serverHasFunctions: target.functions > 0,
			hasFunctions: (snapshot.contents?.functionLibraries ?? 0) > 0,
			redisVersion: target.software.redisVersion,
			longestString: target.longestString,
			onProgress: (keys) => onProgress('restoring', keys),
			...(signal && { signal }),
		});
		return {
			method: 'commands',
			databases: databasesOf(await session.info()),
			keys: [...done.restored.values()].reduce((sum, keys) => sum + keys, 0),
			...{ expiredKeys: done.expired, notSelectedKeys: done.notSelected },
			...{ countsCompared: false, restoringMs: Date.now() - startedAt, warnings: [] },
		};
	} finally {
		session.close();
	}
}
