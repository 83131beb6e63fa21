import { ConfigurationError, DisasterRecoveryError, RestoreError } from '../../errors';
import { cancelled } from '../../repository/cancellation';
import type { BackupRef } from '../../repository/catalogue';
import { hintOf, reasonOf } from '../../repository/reason';
import type { Repository } from '../../repository/repository';
import { isForbidden } from '../command-errors';
import type { RedisServer } from '../server';
import { executePlan, type RestoreOutcome } from './execute-plan';
import { fetchSnapshot, type FetchedSnapshot } from './fetch-snapshot';
import { requireRestorable, requireUsableTarget, warningsAbout } from './gates';
import { planRestore, type Plan, type RestoreMethod } from './plan';
import { requireNotQueue } from './queue-redis';
import { completeReachability } from './own-address';
import { newRunId } from './recovery-record';
import type { Reachability, ReplicationLimits } from './replicate';
import type { KeySelection } from './key-selection';
import { missingReplicationRight } from './rights';
import { announceRun } from './run-lock';
import { ServerSession } from './server-session';
import type { SnapshotFile } from './snapshot-file';
import { healStuckReplica } from './stuck-replica';
import { isEmpty, readTargetFacts, type TargetFacts } from './target-facts';
import type { TransferMode } from './transfer-mode';

export interface RestoreSnapshotInput {
	server: RedisServer;
	repository: Repository;
	backup: BackupRef;
	/**
	 * `replication` replaces everything in one step; `commands` restores key by key. `auto` takes
	 * replication, and commands where they end in the same: with a selection, `existing: 'fail'`, into an
	 * empty server, or with `flush`.
	 */
	method: RestoreMethod;
	/** Of replication; `auto` goes by the memory of the server. */
	mode: 'auto' | TransferMode;
	/** Where the server finds us, as far as it is known; replication needs it, and is not used without. */
	reachability?: Partial<Reachability>;
	selection: KeySelection;
	existing: 'replace' | 'fail';
	/** For commands: remove all that is there first. Replication always does. */
	flush: boolean;
	/** The Redis in which n8n keeps its own queue, which is never restored. */
	queue?: RedisServer;
	temporaryDirectory?: string;
}

/** What a restore does unless somebody chooses. */
export const RESTORE_DEFAULTS = {
	method: 'auto',
	mode: 'auto',
	existing: 'replace',
	safetySnapshot: true,
} as const;

export type RestorePhase = 'fetching' | 'safety-snapshot' | 'restoring' | 'saving';

export interface RestoreSnapshotContext {
	signal?: AbortSignal;
	/** Backs the server up before anything is changed; nothing where that is switched off. */
	createSafetySnapshot?: (signal?: AbortSignal) => Promise<BackupRef>;
	/** Loads the file into a scratch server; rejects where that fails. Only asked without a checksum. */
	loadInTest?: (file: SnapshotFile, signal?: AbortSignal) => Promise<void>;
	limits?: Partial<ReplicationLimits>;
	/** With what is done of the phase: bytes sent, or keys restored. */
	onProgress?: (phase: RestorePhase, done: number) => void;
}

export interface RestoreSnapshotResult extends RestoreOutcome {
	backupId: string;
	consistencyPoint: string;
	/** The server's data of before. */
	safetySnapshot?: BackupRef;
	/** How to get the data of before back, in a sentence. */
	undo: string;
	durationMs: number;
	/** Age of the data when the restore began: the recovery point that was achieved. */
	dataAgeMs: number;
}

/**
 * Restores a snapshot into a Redis server that runs. Nothing is touched before the snapshot was proved
 * whole, every reason not to do it was looked for, and the server's own data are safe. Rejects with the
 * typed errors of `core/`; after a failure or a cancel the message says which data the server has, and
 * it is a master.
 */
export async function restoreSnapshot(
	input: RestoreSnapshotInput,
	context: RestoreSnapshotContext = {},
): Promise<RestoreSnapshotResult> {
	const startedAt = Date.now();
	const { server, repository, backup } = input;
	const { signal } = context;
	const warnings = await healFirst(server, signal);
	const runId = newRunId();
	const session = await ServerSession.open(server, signal);
	let snapshot: FetchedSnapshot | undefined;
	try {
		session.keepAlive();
		await announceRun(session, runId);
		await checkTarget(session, input);
		context.onProgress?.('fetching', 0);
		snapshot = await fetchSnapshot(repository, backup, {
			...(input.temporaryDirectory && { temporaryDirectory: input.temporaryDirectory }),
			...(signal && { signal }),
		});
		const { plan, target, reachability } = await prepare(input, context, session, snapshot);
		const safetySnapshot = await secure(target, context);
		const outcome = await executePlan(
			{
				...{ runId, session, snapshot },
				...(reachability && { reachability }),
				...{ selection: input.selection, existing: input.existing, flush: input.flush },
				...(context.limits && { limits: context.limits }),
				onProgress: (phase, done) => context.onProgress?.(phase, done),
				...(signal && { signal }),
			},
			plan,
			safetySnapshot,
		);
		const { manifest } = snapshot;
		return {
			...outcome,
			...{ backupId: manifest.id, consistencyPoint: manifest.consistencyPoint },
			...(safetySnapshot && { safetySnapshot }),
			undo: undoOf(target, safetySnapshot),
			durationMs: Date.now() - startedAt,
			dataAgeMs: startedAt - Date.parse(manifest.consistencyPoint),
			warnings: [
				...warnings,
				...snapshot.warnings,
				...warningsAbout(target),
				...becauseOf(plan),
				...outcome.warnings,
			],
		};
	} catch (error) {
		throw explain(error, signal);
	} finally {
		session.close();
		await snapshot?.file.close();
	}
}

/** What an earlier restore that was killed has left. */
async function healFirst(server: RedisServer, signal: AbortSignal | undefined): Promise<string[]> {
	const healed = await healStuckReplica(server, signal);
	if (!healed) return [];
	return [
		`An earlier restore had been interrupted and had left the server as a replica; it is a master again.`,
		...healed.warnings,
	];
}

async function checkTarget(
	session: ServerSession,
	{ server, queue, selection }: RestoreSnapshotInput,
): Promise<TargetFacts> {
	const target = await readTargetFacts(session);
	requireUsableTarget(target);
	if (queue) {
		await requireNotQueue({ server, runId: target.runId }, queue, (database) =>
			selection.databases ? selection.databases.includes(database) : true,
		);
	}
	return target;
}

/** Everything that can be found out before something is changed. */
async function prepare(
	input: RestoreSnapshotInput,
	{ loadInTest, signal }: RestoreSnapshotContext,
	session: ServerSession,
	snapshot: FetchedSnapshot,
): Promise<{ plan: Plan; target: TargetFacts; reachability?: Reachability }> {
	// Again: fetching takes its time.
	const target = await checkTarget(session, input);
	const isTested = snapshot.facts.checksum === 'disabled' && loadInTest !== undefined;
	requireRestorable(target, snapshot.facts, isTested);
	const reachability =
		input.reachability && (await completeReachability(session, input.reachability));
	const plan = await planRestore(
		{ ...input, isReachable: reachability !== undefined },
		target,
		{ ...snapshot.facts, bytes: snapshot.file.bytes },
		async () => await missingReplicationRight(session),
	);
	if (isTested) await loadInTest?.(snapshot.file, signal);
	return { plan, target, ...(reachability && { reachability }) };
}

/** Nothing for a server that has nothing. */
async function secure(
	target: TargetFacts,
	{ createSafetySnapshot, signal, onProgress }: RestoreSnapshotContext,
): Promise<BackupRef | undefined> {
	if (!createSafetySnapshot || isEmpty(target)) return undefined;
	onProgress?.('safety-snapshot', 0);
	try {
		return await createSafetySnapshot(signal);
	} catch (error) {
		if (signal?.aborted) throw cancelled('The restore');
		throw new RestoreError(
			`The safety snapshot of the server failed, so nothing was restored: ${reasonOf(error)}`,
			{ hint: hintOf(error, 'Mend the cause, or switch the safety snapshot off.'), cause: error },
		);
	}
}

function undoOf(target: TargetFacts, safetySnapshot: BackupRef | undefined): string {
	if (safetySnapshot) {
		return `Restore the backup ${safetySnapshot.id} into this server, with everything replaced.`;
	}
	return isEmpty(target)
		? 'The server was empty before: remove everything (FLUSHALL).'
		: 'There is no way back: the safety snapshot was switched off.';
}

function becauseOf(plan: Plan): string[] {
	if (plan.method === 'replication' || plan.because === undefined) return [];
	return [`Restored key by key and not in one step, because ${plan.because}.`];
}

function explain(error: unknown, signal: AbortSignal | undefined): DisasterRecoveryError {
	if (error instanceof DisasterRecoveryError) return error;
	if (signal?.aborted) return cancelled('The restore');
	if (isForbidden(error)) return notAllowed(error);
	return new RestoreError(`The restore failed: ${reasonOf(error).replace(/\.$/, '')}.`, {
		hint: "Mend the cause, then restore again. The server's log may say more.",
		cause: error,
	});
}

function notAllowed(error: unknown): ConfigurationError {
	return new ConfigurationError(`The server does not allow the restore: ${reasonOf(error)}.`, {
		hint: 'Give the account the rights that the documentation lists for a restore; where a command was renamed, put its new name into the credential.',
		cause: error,
	});
}
