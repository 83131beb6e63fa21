import { isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ConnectionError } from '../../errors';
import { networkError, tlsError } from '../../network/connection-errors';
import { openSocket } from '../../network/opening';
import { webEndpoint } from './web-endpoint';

export interface TlsTarget {
	readonly host: string;
	readonly port: number;
	/** The name that the certificate has to be issued for, where it is not the host. */
	readonly serverName?: string;
	/** PEM certificates of the authorities that are trusted; by default those of Node. */
	readonly ca?: string[];
}

export interface TlsSession {
	readonly socket: TLSSocket;
	/** Why the certificate is not trusted, without a full stop; nothing where it is. */
	readonly refused?: string;
	/** Until the certificate expires; negative after that, nothing where there is no certificate. */
	readonly expiresInMs?: number;
}

/**
 * Opens an encrypted connection to look at its certificate, also where that is not to be trusted: the
 * caller sends nothing secret before it has looked at `refused`, and destroys the socket. Rejects with
 * `ConnectionError` where there is no connection.
 */
export async function openTls(target: TlsTarget, signal: AbortSignal): Promise<TlsSession> {
	const { host, port, serverName, ca } = target;
	const endpoint = webEndpoint('TLS', host, port);
	try {
		const socket = await openSocket(signal, async (opening) => {
			const tcp = await opening.tcp({ host, port });
			try {
				const handshake = { host: serverName || host, verify: false };
				return await opening.tls(tcp, { ...handshake, ...(ca && { ca }) });
			} catch (error) {
				throw opening.aborted ? error : tlsError(endpoint, error);
			}
		});
		return observed(socket, serverName || host);
	} catch (error) {
		throw error instanceof ConnectionError ? error : networkError(endpoint, error);
	}
}

function observed(socket: TLSSocket, name: string): TlsSession {
	const expiresAt = Date.parse(socket.getPeerCertificate().valid_to);
	return {
		socket,
		...(!socket.authorized && { refused: reason(String(socket.authorizationError), name) }),
		...(!Number.isNaN(expiresAt) && { expiresInMs: expiresAt - Date.now() }),
	};
}

/** `code` is OpenSSL's, as Node names it. */
function reason(code: string, name: string): string {
	switch (code) {
		case 'CERT_HAS_EXPIRED':
			return 'it has expired';
		case 'CERT_NOT_YET_VALID':
			return 'it is not valid yet';
		case 'DEPTH_ZERO_SELF_SIGNED_CERT':
			return 'it is self-signed';
		case 'SELF_SIGNED_CERT_IN_CHAIN':
		case 'UNABLE_TO_GET_ISSUER_CERT':
		case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
		case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
			return 'its authority is not known, or a certificate between is missing';
		case 'ERR_TLS_CERT_ALTNAME_INVALID':
			return `it was not issued for ${isIP(name) ? 'the address' : 'the name'} ${name}`;
		default:
			return code;
	}
}
