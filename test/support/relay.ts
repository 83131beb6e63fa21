import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What becomes of a piece that a client has sent, and of its connection. */
export type Verdict = 'pass' | 'cut';

export interface Relay {
	readonly port: number;
	/** Pieces that clients have sent since the start or the last `reset`. */
	readonly requests: number;
	reset(): void;
	/** Breaks every connection, as a network that goes down and says so. */
	cut(): void;
	/** From now on nothing gets through, in either direction, and nobody is told. */
	stall(): void;
	close(): Promise<void>;
}

/**
 * Passes connections on to `target`. `watch` sees what clients send, piece by piece as it arrives,
 * with its number from 1, and decides whether the target hears it.
 */
export async function startRelay(
	target: { host: string; port: number },
	watch: (number: number, piece: Buffer) => Verdict = () => 'pass',
): Promise<Relay> {
	const sockets = new Set<Socket>();
	let requests = 0;
	let stalled = false;
	const track = (socket: Socket, other: () => Socket) => {
		sockets.add(socket);
		socket.setNoDelay(true).on('error', () => undefined);
		socket.once('close', () => {
			sockets.delete(socket);
			if (!stalled) other().destroy();
		});
		return socket;
	};
	const pass = (piece: Buffer, from: Socket, to: Socket) => {
		if (!to.write(piece)) {
			from.pause();
			to.once('drain', () => from.resume());
		}
	};
	const listener = createServer((client) => {
		const server: Socket = track(connect(target), () => client);
		track(client, () => server);
		client.on('data', (piece: Buffer) => {
			if (stalled) return;
			if (watch(++requests, piece) === 'pass') pass(piece, client, server);
			else client.destroy();
		});
		server.on('data', (piece: Buffer) => {
			if (!stalled) pass(piece, server, client);
		});
		// What comes first has to be heard, also when the other side is slower to connect.
		client.once('end', () => server.end());
	});
	listener.listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const cut = () => {
		for (const socket of sockets) socket.resetAndDestroy();
	};
	return {
		port: (listener.address() as AddressInfo).port,
		get requests() {
			return requests;
		},
		reset: () => (requests = 0),
		cut,
		stall: () => (stalled = true),
		close: async () => {
			const closed = once(listener, 'close');
			listener.close();
			cut();
			await closed;
		},
	};
}
