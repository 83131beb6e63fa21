import { once } from 'node:events';

import type { PostgresServer } from '../../connection';
import { openServerStream } from '../../server-stream';

/** The request code of a CancelRequest in the PostgreSQL protocol. */
const CANCEL_REQUEST = 80877102;
const LIMIT_MS = 5_000;

/**
 * Asks the server to stop what the session is doing, over a connection of its own as the protocol
 * wants it. A courtesy: resolves in any case, after five seconds at most.
 *
 * @param key the body of the session's BackendKeyData
 */
export async function sendCancelRequest(server: PostgresServer, key: Buffer): Promise<void> {
	const signal = AbortSignal.timeout(LIMIT_MS);
	try {
		const { socket } = await openServerStream(server, signal);
		const head = Buffer.alloc(8);
		head.writeUInt32BE(head.length + key.length, 0);
		head.writeUInt32BE(CANCEL_REQUEST, 4);
		socket.on('error', () => undefined);
		socket.end(Buffer.concat([head, key]));
		socket.resume();
		await once(socket, 'close', { signal });
	} catch {
		// The server is gone or refuses: then there is nothing left to stop, or nothing to be done.
	}
}
