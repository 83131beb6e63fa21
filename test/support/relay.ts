import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What becomes of a piece that a client has sent, and of its connection. */
export type Verdict = 'pass' | 'cut' | 'stall';

export interface Relay {
	readonly port: number;
	/** Pieces that clients have sent since the start or the last `reset`. */
	readonly requests: number;
	/** Bytes that the target has sent since the start, whoever has taken them since. */
	readonly answered: number;
	reset(): void;
	/** Breaks every connection, as a network that goes down and says so. */
	cut(): void;
	/** From now on nothing gets through, in either direction, and nobody is told; new connections wait. */
	stall(): void;
	/** New connections get through again, and those that wait; those that stalled stay silent. */
	heal(): void;
	close(): Promise<void>;
}

/** One connection, from the client to the target. */
class Link {
	private readonly server: Socket;
	private stalled = false;
	private healed = false;

	constructor(
		private readonly client: Socket,
		target: { host: string; port: number },
		private readonly judge: (piece: Buffer) => Verdict,
		private readonly count: (bytes: number) => void,
	) {
		this.server = connect(target);
		for (const socket of [client, this.server]) {
			socket.setNoDelay(true).on('error', () => undefined);
		}
		client.on('data', (piece: Buffer) => this.fromClient(piece));
		this.server.on('data', (piece: Buffer) => {
			this.count(piece.length);
			this.pass(piece, this.server, client);
		});
		client.once('close', () => this.isSilent || this.server.destroy());
		this.server.once('close', () => this.isSilent || client.destroy());
		// What comes first has to be heard, also when the other side is slower to connect.
		client.once('end', () => this.isSilent || this.server.end());
	}

	stall(): void {
		this.stalled = true;
	}

	/** What was lost stays lost, but each side learns that the other has gone. */
	heal(): void {
		this.healed = true;
		if (this.client.closed) this.server.resetAndDestroy();
	}

	cut(): void {
		this.client.resetAndDestroy();
		this.server.resetAndDestroy();
	}

	get isOver(): boolean {
		return this.client.closed && this.server.closed;
	}

	private get isSilent(): boolean {
		return this.stalled && !this.healed;
	}

	private fromClient(piece: Buffer): void {
		if (this.stalled) return;
		const verdict = this.judge(piece);
		if (verdict === 'cut') this.client.destroy();
		if (verdict === 'stall') this.stall();
		if (verdict === 'pass') this.pass(piece, this.client, this.server);
	}

	private pass(piece: Buffer, from: Socket, to: Socket): void {
		if (this.stalled || to.write(piece)) return;
		from.pause();
		to.once('drain', () => from.resume());
	}
}

/**
 * Passes connections on to `target`. `watch` sees what clients send, piece by piece as it arrives,
 * with its number from 1, and decides whether the target hears it.
 */
export async function startRelay(
	target: { host: string; port: number },
	watch: (number: number, piece: Buffer) => Verdict = () => 'pass',
): Promise<Relay> {
	let links: Link[] = [];
	let waiting: Socket[] = [];
	let requests = 0;
	let answered = 0;
	let stalled = false;
	const open = (client: Socket) => {
		links = links.filter(({ isOver }) => !isOver);
		const judge = (piece: Buffer) => watch(++requests, piece);
		links.push(new Link(client, target, judge, (bytes) => (answered += bytes)));
	};
	const listener = createServer((client) => {
		if (stalled) waiting.push(client.on('error', () => undefined));
		else open(client);
	});
	listener.listen(0, '127.0.0.1');
	await once(listener, 'listening');
	const cut = () => {
		for (const link of links) link.cut();
		for (const client of waiting) client.resetAndDestroy();
	};
	return {
		port: (listener.address() as AddressInfo).port,
		get requests() {
			return requests;
		},
		get answered() {
			return answered;
		},
		reset: () => (requests = 0),
		cut,
		stall: () => {
			stalled = true;
			for (const link of links) link.stall();
		},
		heal: () => {
			stalled = false;
			for (const link of links) link.heal();
			for (const client of waiting) if (!client.destroyed) open(client);
			waiting = [];
		},
		close: async () => {
			const closed = once(listener, 'close');
			listener.close();
			cut();
			await closed;
		},
	};
}
