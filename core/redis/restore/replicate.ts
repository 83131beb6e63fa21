import { setTimeout as sleep } from 'node:timers/promises';
import { DisasterRecoveryError, RestoreError } from '../../errors';
import { cancelled } from '../../repository/cancellation';
import { borrowSettings, readBorrowedSettings, returnSettings } from './borrowed-settings';
import { promote } from './promote';
import { createRecoveryRecord, type RecoveryRecord, type Settings } from './recovery-record';
import type { ServerInfo } from '../server-info';
import type { ServedSnapshot } from './replica-session';
import { ServerSession } from './server-session';
import { type ListenAddress, type ServingPhase, SnapshotServer } from './snapshot-server';
import { dataState, type DataState } from './stuck-replica';
import type { TransferMode } from './transfer-mode';

const POLL_MS = 20;

/** How long each phase may go on without a byte or a sign of life, in milliseconds. */
export type ReplicationLimits = Readonly<Record<Exclude<ServingPhase, 'loaded'>, number>> & {
	/** Until the server is a master again, without reaching it. */
	unreachable: number;
};

export const REPLICATION_LIMITS: ReplicationLimits = {
	...{ waiting: 30_000, sending: 60_000, loading: 10 * 60_000 },
	unreachable: 60_000,
};
const LONGEST_LOAD_MS = 2 * 3_600_000;

/** Where the server finds us. */
export interface Reachability extends ListenAddress {
	/** Name or address of this machine as the server sees it. */
	advertisedHost: string;
	/** Where a proxy or port mapping stands between; by default the port that we listen on. */
	advertisedPort?: number;
	/** Addresses from which the server comes, where they are not the one that we connect to. */
	serverAddresses?: readonly string[];
}

/** The server came for the data and gave up. It is a master again, and runs on. */
export class NotTakenError extends RestoreError {}

export interface ReplicationRequest {
	/** Of this run, and of the server as long as nobody starts it anew. */
	ids: { runId: string; serverRunId: string };
	/** Named after the run. */
	session: ServerSession;
	/** Of the server now; a swap without a pause for readers needs the same one from us. */
	replicationId: string;
	snapshot: Pick<ServedSnapshot, 'open' | 'release' | 'bytes'>;
	mode: TransferMode;
	reachability: Reachability;
	limits: ReplicationLimits;
	/** Looks at the server while it has the data and nobody can change them; throws to complain. */
	inspect: (info: ServerInfo) => void;
	onProgress?: (phase: ServingPhase, sentBytes: number) => void;
	signal?: AbortSignal;
}

/**
 * Lets the server take the snapshot from us as if we were its master, and makes it a master again,
 * whatever happens. Rejects with `RestoreError` or `CancelledError`, whose message says which data the
 * server has, and with `ConfigurationError` before anything was touched.
 */
export async function replicate(request: ReplicationRequest): Promise<void> {
	const { session, reachability, snapshot, replicationId } = request;
	const previous = await readBorrowedSettings(session);
	const record = await createRecoveryRecord(request.ids, previous, session.server.password);
	const peers = reachability.serverAddresses ?? [session.client.stream.remoteAddress ?? ''];
	const serving = await SnapshotServer.listen(
		reachability,
		{ ...snapshot, replicationId, secret: record.text, offset: record.offset },
		peers,
	);
	let failure: unknown;
	try {
		await borrowSettings(session, previous, record, request.mode);
		await session.call(
			'REPLICAOF',
			reachability.advertisedHost,
			reachability.advertisedPort ?? serving.port,
		);
		await untilLoaded(serving, request);
		await inspect(request);
	} catch (error) {
		failure = error;
	} finally {
		serving.close();
	}
	const reached = serving.state.phase;
	const ended = await end(request, record, previous);
	if (ended instanceof Error) throw stillReplica(ended, failure);
	if (failure !== undefined) throw explain(failure, reached, ended, request);
	if (ended.data !== 'restored') {
		throw new RestoreError(
			'The server was started anew during the restore, and which data it has is unknown.',
			{
				hint: 'Look at the data, and restore again.',
			},
		);
	}
}

/** Resolves when the server has loaded everything. */
async function untilLoaded(serving: SnapshotServer, request: ReplicationRequest): Promise<void> {
	const { session, limits, signal, onProgress } = request;
	for (;;) {
		const { phase, sentBytes, progressAt, failure } = serving.state;
		if (signal?.aborted) throw cancelled('The restore');
		if (failure) throw brokeOff(failure, phase, sentBytes);
		onProgress?.(phase, sentBytes);
		if (phase === 'loaded') return;
		if (Date.now() - progressAt > limits[phase]) throw tooSlow(phase, serving, request);
		if (phase === 'waiting' && session.client.status === 'end') throw lost();
		await sleep(POLL_MS);
	}
}

/** Over a new connection: a server in the middle of one huge value may have lost the old one. */
async function inspect(request: ReplicationRequest): Promise<void> {
	const session = await ServerSession.open(request.session.server);
	try {
		request.inspect(await session.info());
	} finally {
		session.close();
	}
}

/** What became of the server. */
interface Ending {
	data: DataState;
	/** Whether it has no key. */
	isEmpty: boolean;
}

/** Makes the server a master with the settings of before, and tells which data it has. */
async function end(
	request: ReplicationRequest,
	record: RecoveryRecord,
	previous: Settings,
): Promise<Ending | Error> {
	const { server } = request.session;
	const limits = { unreachable: request.limits.unreachable, loading: LONGEST_LOAD_MS };
	try {
		const info = await promote(
			() => ServerSession.open(server),
			limits,
			async (session) => await returnSettings(session, previous),
		);
		return { data: dataState(info, record), isEmpty: info.keyspace().size === 0 };
	} catch (error) {
		return error instanceof Error ? error : new Error(String(error));
	}
}

const STATE: Record<DataState, string> = {
	restored: 'The server has the restored data.',
	previous: 'The server has the data of before.',
	unknown: 'The server was started anew meanwhile; which data it has is unknown.',
};

/** The failure, with the data that the server has, which is always one or the other. */
function explain(
	failure: unknown,
	reached: ServingPhase,
	{ data, isEmpty }: Ending,
	{ mode, signal }: ReplicationRequest,
): DisasterRecoveryError {
	const known = signal?.aborted ? cancelled('The restore') : asRestoreError(failure);
	// A server that loads from disk has dropped its data by then, and one that fails has neither.
	const isEmptied = mode === 'disk' && reached === 'loading' && data === 'previous' && isEmpty;
	const state = isEmptied
		? 'The server did not load the snapshot, and may have lost its data.'
		: STATE[data];
	const message = `${known.message} ${state}`;
	if (known instanceof RestoreError && data === 'previous' && reached !== 'waiting') {
		return new NotTakenError(message, { hint: known.hint, cause: known.cause });
	}
	known.message = message;
	return known;
}

function asRestoreError(failure: unknown): DisasterRecoveryError {
	if (failure instanceof DisasterRecoveryError) return failure;
	const reason = failure instanceof Error ? failure.message : String(failure);
	return new RestoreError(`The restore failed: ${reason}.`, {
		hint: "The server's log says more.",
		cause: failure,
	});
}

function stillReplica(cause: Error, failure: unknown): RestoreError {
	const why = failure instanceof Error ? ` It followed this: ${failure.message}` : '';
	return new RestoreError(
		`The server could not be made a master again: ${cause.message.replace(/\.$/, '')}.${why}`,
		{
			hint: 'The next restore into this server mends it as soon as it can be reached; by hand: REPLICAOF NO ONE.',
			cause,
		},
	);
}

function brokeOff(cause: Error, phase: ServingPhase, sentBytes: number): RestoreError {
	const when =
		phase === 'loading'
			? 'while it loaded the data'
			: `after ${sentBytes.toLocaleString('en-US')} bytes of the transfer`;
	return new RestoreError(`The restore broke off ${when}: ${cause.message}.`, {
		hint: "The server's log says more: it may have been stopped, or have run out of disk or memory.",
		cause,
	});
}

function lost(): RestoreError {
	return new RestoreError('The connection to the server was lost before it came for the data.', {
		hint: 'Check that the server runs; its log says more.',
	});
}

function tooSlow(
	phase: Exclude<ServingPhase, 'loaded'>,
	serving: SnapshotServer,
	{ limits, reachability }: ReplicationRequest,
): RestoreError {
	const seconds = Math.round(limits[phase] / 1000);
	if (phase !== 'waiting') {
		const what = phase === 'sending' ? 'took no more data' : 'gave no sign of life while loading';
		return new RestoreError(`The server ${what} for ${seconds} seconds.`, {
			hint: 'Check the network, and the load, disk and memory of the server.',
		});
	}
	const where = `${reachability.advertisedHost}:${reachability.advertisedPort ?? serving.port}`;
	const [stranger] = serving.state.refused;
	return new RestoreError(`The server did not connect to ${where} within ${seconds} seconds.`, {
		hint:
			stranger === undefined
				? 'Set the address and port under which the server reaches this machine, and open them in the firewall; or choose the method Commands.'
				: `A connection from ${stranger} was turned away. If that is the server, add this address to those from which it comes.`,
	});
}
