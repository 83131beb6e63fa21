import type { Socket } from 'node:net';
import { ConnectionError } from '../errors';
import { certificateAuthorities } from '../network/certificate-authorities';
import { type Opening, openSocket } from '../network/opening';
import type { PostgresServer } from './connection';
import {
	cancelledWhileOpening,
	explainNetworkError,
	explainTlsError,
	noTlsError,
	notPostgresError,
} from './connection-errors';

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
	const tls = server.tls.mode !== 'disable';
	const ca =
		server.tls.mode === 'verify-full'
			? certificateAuthorities('Postgres', server.tls.ca)
			: undefined;
	try {
		const socket = await openSocket(signal, async (opening) => {
			const tcp = await opening.tcp(server);
			return tls ? await upgrade(opening, tcp, server, ca) : tcp;
		});
		return { socket, tls };
	} catch (error) {
		if (signal?.aborted) {
			throw cancelledWhileOpening(error);
		}
		throw error instanceof ConnectionError ? error : explainNetworkError(server, error);
	}
}

async function upgrade(
	opening: Opening,
	tcp: Socket,
	server: PostgresServer,
	ca: string[] | undefined,
): Promise<Socket> {
	tcp.write(SSL_REQUEST);
	const answer = await firstBytes(tcp);
	if (answer.equals(Buffer.from('N'))) throw noTlsError(server);
	// More than the one byte would be data that somebody slipped in before the encryption.
	if (!answer.equals(Buffer.from('S'))) throw notPostgresError(server);
	try {
		const verify = server.tls.mode === 'verify-full';
		return await opening.tls(tcp, { host: server.host, verify, ...(ca && { ca }) });
	} catch (error) {
		throw opening.aborted ? error : explainTlsError(server, error);
	}
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
