import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { BackupError, DisasterRecoveryError } from '../../errors';
import { freeMemory } from '../../free-memory';
import { errorMessage } from '../../network/connection-errors';
import { cancelled } from '../../repository/cancellation';
import { explainLoginError } from '../command-errors';
import { commandName, type RedisServer } from '../server';
import { openServerSocket } from '../server-socket';
import type { Spool } from '../spool';
import { Conversation } from './conversation';
import { logIn } from './log-in';
import { explainRefusal, ReplicationForbiddenError } from './refusal';
import { parseTransferLine, TransferBoundary, type TransferEnd } from './transfer-boundary';
import { Watchdog } from './watchdog';

export interface ReceiveOptions {
	signal?: AbortSignal;
	/** How long the server may take to begin, in milliseconds. */
	startTimeoutMs: number;
	/** How long it may send nothing at all, in milliseconds. */
	idleTimeoutMs: number;
	/** Called with the bytes that have come; zero as soon as the server was asked. */
	onBytes?: (bytes: number) => void;
}

/** How a transfer went. */
export interface ReceivedRdb {
	/** Diskless: from memory to the network. Disk: through a file on the server. */
	transfer: 'diskless' | 'disk';
	/** When the server was asked, and when it began to send; by this machine's clock. */
	requestedAt: Date;
	begunAt: Date;
}

/**
 * Has the server send its whole dataset as to a new replica, and writes the RDB file to the spool at
 * full speed: a slow reader prolongs the server's fork, and is dropped in the end. The file is
 * complete, but not looked at.
 *
 * Rejects with `ReplicationForbiddenError` where this server or user does not replicate, else with
 * `BackupError`, `ConnectionError` or `CancelledError`. The connection is closed in every case.
 */
export async function receiveRdb(
	server: RedisServer,
	spool: Spool,
	options: ReceiveOptions,
): Promise<ReceivedRdb> {
	const { signal } = options;
	const socket = await openServerSocket(server, signal);
	const watchdog = new Watchdog(options.idleTimeoutMs, (error) => socket.destroy(error));
	try {
		const conversation = new Conversation(socket, () => watchdog.alive());
		await logIn(conversation, server);
		const requestedAt = new Date();
		options.onBytes?.(0);
		const boundary = await withDeadline(
			socket,
			options.startTimeoutMs,
			requestSnapshot(conversation, server),
		);
		const begunAt = new Date();
		if (boundary.kind === 'length') await spool.assertRoomFor(boundary.bytes);
		await transfer(socket, boundary, spool, watchdog, options);
		return {
			transfer: boundary.kind === 'mark' ? 'diskless' : 'disk',
			...{ requestedAt, begunAt },
		};
	} catch (error) {
		if (signal?.aborted) throw cancelled('The backup');
		// Where it was not the server, but the disk, the socket has only been told to stop.
		const isKnown = error instanceof DisasterRecoveryError;
		throw explain(isKnown ? error : (socket.errored ?? error), spool.bytes);
	} finally {
		watchdog.stop();
		socket.destroy();
	}
}

const CONFIGURATION: readonly (readonly string[])[] = [
	// Straight from memory, with a mark at its end.
	['capa', 'eof'],
	// No changes behind the snapshot.
	['rdb-only', '1'],
	// In the newest format: Valkey writes for an old replica otherwise, and fails at what that had not.
	['version', '255.255.255'],
];

async function requestSnapshot(
	conversation: Conversation,
	server: RedisServer,
): Promise<TransferEnd> {
	const configure = commandName(server, 'REPLCONF');
	// Servers that do not know one of these do without; they send a snapshot all the same.
	for (const words of CONFIGURATION) {
		const reply = await conversation.ask([configure, ...words]);
		if (/^-(NOAUTH|DENIED)/.test(reply)) {
			throw explainLoginError(server, new Error(reply.slice(1)));
		}
	}
	let reply = await conversation.ask([commandName(server, 'SYNC')]);
	if (explainIfRefused(reply) instanceof ReplicationForbiddenError) {
		// Some servers and users have only the newer command.
		const newer = await conversation.ask([commandName(server, 'PSYNC'), '?', '-1']);
		if (!newer.startsWith('-')) reply = newer;
	}
	const refused = explainIfRefused(reply);
	if (refused) throw refused;
	if (reply.startsWith('+FULLRESYNC')) reply = await conversation.line();
	const boundary = parseTransferLine(reply);
	if (boundary) return boundary;
	throw explainRefusal(reply);
}

function explainIfRefused(reply: string): BackupError | undefined {
	return reply.startsWith('-') ? explainRefusal(reply) : undefined;
}

async function transfer(
	socket: Socket,
	end: TransferEnd,
	spool: Spool,
	watchdog: Watchdog,
	{ onBytes }: ReceiveOptions,
): Promise<void> {
	const writer = spool.writer(freeMemory);
	// While the disk is behind, it is not the server that keeps us waiting.
	watchdog.excuse = () => writer.writableLength > 0;
	const boundary = new TransferBoundary(end);
	await pipeline(async function* () {
		for await (const chunk of socket as AsyncIterable<Buffer>) {
			watchdog.alive();
			yield* boundary.push(chunk);
			onBytes?.(spool.bytes);
			if (boundary.complete) return;
		}
		throw new Error('it closed the connection');
	}, writer);
	onBytes?.(spool.bytes);
}

async function withDeadline<T>(socket: Socket, ms: number, work: Promise<T>): Promise<T> {
	const timer = setTimeout(() => socket.destroy(notBegun(ms)), ms);
	try {
		return await work;
	} finally {
		clearTimeout(timer);
	}
}

function notBegun(ms: number): BackupError {
	return new BackupError(
		`The Redis server did not begin its snapshot within ${Math.round(ms / 1000)} seconds.`,
		{
			hint: 'It may be busy with a background save or with rewriting its append-only file (INFO persistence). Run the backup again later.',
		},
	);
}

function explain(error: unknown, bytes: number): DisasterRecoveryError {
	if (error instanceof DisasterRecoveryError) return error;
	const after = bytes > 0 ? `, after ${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB` : '';
	return new BackupError(
		`The Redis server broke the snapshot off${after}: ${errorMessage(error)}.`,
		{
			hint: "Nothing was stored. The server's log says why: it was stopped, ran out of memory, or dropped a reader that was too slow (client-output-buffer-limit, repl-timeout).",
			cause: error,
		},
	);
}
