import type { Socket } from 'node:net';
import { ConnectionError, DisasterRecoveryError } from '../errors';
import { certificateAuthorities } from '../network/certificate-authorities';
import { cancelledWhileOpening, networkError, tlsError } from '../network/connection-errors';
import { type Opening, openSocket } from '../network/opening';
import { endpointOf, type RedisServer } from './server';

/**
 * Opens a byte stream to the server, encrypted where asked for, before any login. Aborting `signal`
 * destroys the socket at any later time too. Rejects with `ConnectionError`, `ConfigurationError`
 * (the CA certificate is not one) or `CancelledError`.
 */
export async function openServerSocket(server: RedisServer, signal?: AbortSignal): Promise<Socket> {
	const ca =
		server.tls.mode === 'verify-full' ? certificateAuthorities('Redis', server.tls.ca) : undefined;
	try {
		return await openSocket(signal, async (opening) => {
			const tcp = await opening.tcp(server);
			return server.tls.mode === 'disable' ? tcp : await encrypt(opening, tcp, server, ca);
		});
	} catch (error) {
		if (signal?.aborted) throw cancelledWhileOpening(error);
		throw error instanceof DisasterRecoveryError ? error : networkError(endpointOf(server), error);
	}
}

async function encrypt(
	opening: Opening,
	tcp: Socket,
	server: RedisServer,
	ca: string[] | undefined,
): Promise<Socket> {
	const verified = server.tls.mode === 'verify-full' ? server.tls : undefined;
	try {
		return await opening.tls(tcp, {
			host: verified?.serverName || server.host,
			verify: verified !== undefined,
			...(ca && { ca }),
		});
	} catch (error) {
		if (!opening.aborted) throw tlsError(endpointOf(server), error);
		// A server without TLS takes the handshake for the beginning of a command, and waits for more.
		throw new ConnectionError(
			`The Redis server at ${server.host}:${server.port} does not answer to an encrypted connection.`,
			{
				hint: 'Check that this is its port for TLS (tls-port), or set TLS to Off in the credential.',
				cause: error,
			},
		);
	}
}
