import type { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import type { PostgresServer } from '../../connection';
import { openServerStream } from '../../server-stream';
import { sendCancelRequest } from './cancel-request';
import { QueryFilter } from './query-filter';
import { readableFrom, writableTo } from './ring-streams';
import type { SharedRing } from './shared-ring';
import { StartupFilter } from './startup-filter';

/** After pg_dump has said goodbye the server closes the connection; this long is waited for that. */
const GOODBYE_MS = 2_000;

/** The connection of one pg_dump: a socket here, two rings towards the worker. */
export interface ServerSession {
	/** After pg_dump has ended by itself: lets its goodbye reach the server, then as `cut`. */
	finish(): Promise<void>;
	/** Resolves when the socket is closed, and the server was told to stop what it was doing. */
	cut(): Promise<void>;
}

/**
 * Opens a socket (TLS included) and joins it to the rings. Both directions wait for a slow reader.
 * When the connection ends or breaks, the rings end, and pg_dump notices as it does with a socket.
 * Aborting `signal` destroys the socket.
 *
 * Rejects with what `openServerStream` rejects with.
 */
export async function openSession(
	server: PostgresServer,
	rings: { fromServer: SharedRing; toServer: SharedRing },
	signal: AbortSignal,
): Promise<ServerSession> {
	const { socket } = await openServerStream(server, signal);
	return new BridgedSession(
		server,
		socket,
		readableFrom(rings.toServer),
		writableTo(rings.fromServer),
	);
}

class BridgedSession implements ServerSession {
	private readonly filter = new StartupFilter();
	private readonly joined: Promise<unknown>;

	constructor(
		private readonly server: PostgresServer,
		private readonly socket: Duplex,
		private readonly requests: Readable,
		private readonly answers: Writable,
	) {
		// The end of the rings is what tells pg_dump, and pg_dump's words are what people read.
		socket.on('error', () => undefined);
		this.joined = Promise.allSettled([
			pipeline(untilClosed(socket), this.filter, this.answers),
			pipeline(this.requests, new QueryFilter(), socket),
		]);
	}

	async finish(): Promise<void> {
		const patience = new AbortController();
		const tooLong = sleep(GOODBYE_MS, undefined, { signal: patience.signal }).catch(
			() => undefined,
		);
		await Promise.race([this.joined, tooLong]);
		patience.abort();
		await this.cut();
	}

	async cut(): Promise<void> {
		const serverIsDone = this.socket.readableEnded || this.socket.errored;
		for (const stream of [this.socket, this.filter, this.requests, this.answers]) stream.destroy();
		await this.joined;
		// The server notices a closed connection when it next sends; until then it would compute on,
		// or wait for a lock while others queue behind it.
		const { cancelKey } = this.filter;
		if (!serverIsDone && cancelKey) await sendCancelRequest(this.server, cancelKey);
	}
}

/**
 * What arrives, up to the end of the connection, however it ends: the server's last words are often
 * under way still when the socket fails, and pg_dump has to hear them before it finds the end.
 */
async function* untilClosed(socket: Duplex): AsyncGenerator<Buffer> {
	try {
		yield* socket as AsyncIterable<Buffer>;
	} catch {
		// The connection broke: for pg_dump that is an end before its time.
	}
}
