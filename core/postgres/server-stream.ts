import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectionError } from '../errors';
import type { PostgresServer } from './connection';
import {
	cancelledWhileOpening,
	explainNetworkError,
	explainTlsError,
	noTlsError,
	notPostgresError,
} from './connection-errors';
import { certificateAuthorities } from './tls-settings';

/** A server that says nothing for this long while a connection is opened is given up. */
const OPEN_TIMEOUT_MS = 15_000;

/** The SSLRequest message: its length and the request code of the PostgreSQL protocol. */
export const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/**
 * Opens a byte stream to the server, up to but not including the startup message. TLS, where asked
 * for, is done here and by Node, so that every engine trusts the same certificates.
 *
 * Aborting `signal` destroys the socket at any later time too. Rejects with `ConnectionError`,
 * `ConfigurationError` (the CA certificate is not one) or `CancelledError`.
 */
export async function openServerStream(
	server: PostgresServer,
	signal?: AbortSignal,
): Promise<{ socket: Socket; tls: boolean }> {
	const ca = server.tls.mode === 'verify-full' ? certificateAuthorities(server.tls.ca) : undefined;
	const timeout = AbortSignal.timeout(OPEN_TIMEOUT_MS);
	const opening = new Opening(signal ? AbortSignal.any([signal, timeout]) : timeout);
	try {
		const tcp = await opening.tcp(server);
		const usesTls = server.tls.mode !== 'disable';
		const socket = usesTls ? await opening.upgrade(tcp, server, ca) : tcp;
		destroyOnAbort(socket, signal);
		return { socket, tls: usesTls };
	} catch (error) {
		opening.destroy();
		if (signal?.aborted) {
			throw cancelledWhileOpening(error);
		}
		throw error instanceof ConnectionError ? error : explainNetworkError(server, error);
	} finally {
		opening.finish();
	}
}

/** The steps of opening one connection; destroys what it opened when its signal fires. */
class Opening {
	private readonly sockets: Socket[] = [];

	constructor(private readonly signal: AbortSignal) {
		signal.addEventListener('abort', this.onAbort);
	}

	async tcp(server: PostgresServer): Promise<Socket> {
		this.signal.throwIfAborted();
		const socket = this.track(connectTcp({ host: server.host, port: server.port }));
		socket.setNoDelay(true);
		socket.setKeepAlive(true, 60_000);
		await settled(socket, 'connect');
		return socket;
	}

	async upgrade(tcp: Socket, server: PostgresServer, ca: string[] | undefined): Promise<Socket> {
		tcp.write(SSL_REQUEST);
		const answer = await firstBytes(tcp);
		if (answer.equals(Buffer.from('N'))) throw noTlsError(server);
		// More than the one byte would be data that somebody slipped in before the encryption.
		if (!answer.equals(Buffer.from('S'))) throw notPostgresError(server);
		const socket = this.track(
			connectTls({
				socket: tcp,
				host: server.host,
				// RFC 6066 has no server name for IP addresses; `host` is then what is verified.
				...(isIP(server.host) ? {} : { servername: server.host }),
				rejectUnauthorized: server.tls.mode === 'verify-full',
				...(ca ? { ca } : {}),
			}),
		);
		try {
			await settled(socket, 'secureConnect');
		} catch (error) {
			throw this.signal.aborted ? error : explainTlsError(server, error);
		}
		return socket;
	}

	destroy(): void {
		for (const socket of this.sockets) socket.destroy();
	}

	finish(): void {
		this.signal.removeEventListener('abort', this.onAbort);
	}

	private readonly onAbort = (): void => {
		const reason: unknown = this.signal.reason;
		for (const socket of this.sockets) {
			socket.destroy(reason as Error);
		}
	};

	private track(socket: Socket): Socket {
		this.sockets.push(socket);
		// Below TLS the TCP socket can fail too, when nobody waits for it any more; without a listener
		// that would end the whole process.
		socket.on('error', () => undefined);
		return socket;
	}
}

/** Resolves on `event`; rejects when the socket fails or closes before. */
function settled(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
	return new Promise((resolve, reject) => {
		const onClose = () => reject(new Error('the other side closed it'));
		const done = () => {
			socket.off('close', onClose);
			// An error after this belongs to whoever uses the socket, one before it to this promise.
			socket.off('error', reject);
			resolve();
		};
		socket.once(event, done);
		socket.once('error', reject);
		socket.once('close', onClose);
	});
}

/** The first chunk that the server sends, with the socket left paused behind it. */
function firstBytes(socket: Socket): Promise<Buffer> {
	return new Promise((resolve, reject) => {
		const onClose = () => reject(new Error('the other side closed it'));
		const onData = (chunk: Buffer) => {
			socket.pause();
			socket.off('close', onClose);
			socket.off('error', reject);
			resolve(chunk);
		};
		socket.once('data', onData);
		socket.once('error', reject);
		socket.once('close', onClose);
	});
}

function destroyOnAbort(socket: Socket, signal: AbortSignal | undefined): void {
	if (!signal) return;
	const destroy = () => socket.destroy();
	signal.addEventListener('abort', destroy);
	socket.once('close', () => signal.removeEventListener('abort', destroy));
}
