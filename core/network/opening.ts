import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** A server that says nothing for this long while a connection is opened is given up. */
const OPEN_TIMEOUT_MS = 15_000;

/** What a TLS handshake needs to know; `ca` holds PEM certificates, one per element. */
export interface TlsHandshake {
	/** The name that the certificate has to be issued for. */
	host: string;
	verify: boolean;
	ca?: string[];
}

/**
 * Opens a connection in the steps of `open`; where one fails, what was opened is destroyed and its
 * error thrown as it is. Aborting `signal` destroys the connection at any later time too.
 */
export async function openSocket<Kind extends Socket>(
	signal: AbortSignal | undefined,
	open: (opening: Opening) => Promise<Kind>,
): Promise<Kind> {
	const timeout = AbortSignal.timeout(OPEN_TIMEOUT_MS);
	const opening = new Opening(signal ? AbortSignal.any([signal, timeout]) : timeout);
	try {
		const socket = await open(opening);
		destroyOnAbort(socket, signal);
		return socket;
	} catch (error) {
		opening.destroy();
		throw error;
	} finally {
		opening.finish();
	}
}

/** The steps of opening one connection; destroys what it opened when its signal fires. */
export class Opening {
	private readonly sockets: Socket[] = [];

	constructor(private readonly signal: AbortSignal) {
		signal.addEventListener('abort', this.onAbort);
	}

	get aborted(): boolean {
		return this.signal.aborted;
	}

	async tcp(server: { host: string; port: number }): Promise<Socket> {
		this.signal.throwIfAborted();
		const socket = this.track(connectTcp({ host: server.host, port: server.port }));
		socket.setNoDelay(true);
		socket.setKeepAlive(true, 60_000);
		await settled(socket, 'connect');
		return socket;
	}

	/** Encrypts an open connection. */
	async tls(tcp: Socket, { host, verify, ca }: TlsHandshake): Promise<TLSSocket> {
		const socket = this.track(
			connectTls({
				socket: tcp,
				host,
				// RFC 6066 has no server name for IP addresses; `host` is then what is verified.
				...(isIP(host) ? {} : { servername: host }),
				rejectUnauthorized: verify,
				...(ca ? { ca } : {}),
			}),
		);
		await settled(socket, 'secureConnect');
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

	private track<Kind extends Socket>(socket: Kind): Kind {
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

function destroyOnAbort(socket: Socket, signal: AbortSignal | undefined): void {
	if (!signal) return;
	const destroy = () => socket.destroy();
	signal.addEventListener('abort', destroy);
	socket.once('close', () => signal.removeEventListener('abort', destroy));
}
