import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ConfigurationError } from '../../errors';
import { reasonOf } from '../../repository/reason';
import { ReplicaSession, type ServedSnapshot } from './replica-session';

/** A replica says who it is at once; who does not is a stranger. */
const HANDSHAKE_LIMIT_MS = 10_000;
const MOST_IN_HANDSHAKE = 8;

/** Where we listen for the server that is to be restored. */
export interface ListenAddress {
	/** Address of this machine, e.g. `0.0.0.0` for all of them. */
	bindAddress: string;
	/** 0 for any that is free. */
	port: number;
}

export type ServingPhase = 'waiting' | 'sending' | 'loading' | 'loaded';

/** How far the one replica has come. */
export interface ServingState {
	phase: ServingPhase;
	sentBytes: number;
	/** When it last got on, in milliseconds since 1970. */
	progressAt: number;
	/** Why it will not get on. */
	failure?: Error;
	/** Addresses that were turned away because they are not the server's. */
	refused: ReadonlySet<string>;
}

/**
 * Hands a snapshot to one replica, once: the first that comes from one of `peers` and shows the secret.
 * Everybody else gets nothing.
 */
export class SnapshotServer {
	private readonly server: Server;
	private readonly sessions = new Set<ReplicaSession>();
	private readonly refused = new Set<string>();
	private readonly current: ServingState = {
		...{ phase: 'waiting', sentBytes: 0, progressAt: Date.now() },
		refused: this.refused,
	};

	private boundPort = 0;

	private constructor(
		private readonly snapshot: ServedSnapshot,
		private readonly peers: readonly string[],
	) {
		this.server = createServer((socket) => this.accept(socket));
	}

	/** Rejects with `ConfigurationError` where this machine cannot listen there. */
	static async listen(
		address: ListenAddress,
		snapshot: ServedSnapshot,
		peers: readonly string[],
	): Promise<SnapshotServer> {
		const serving = new SnapshotServer(snapshot, peers.map(plainAddress));
		serving.server.listen(address.port, address.bindAddress);
		try {
			await once(serving.server, 'listening');
		} catch (error) {
			throw new ConfigurationError(
				`This machine cannot listen on ${address.bindAddress}, port ${address.port}: ${reasonOf(error)}.`,
				{
					hint: 'Choose an address that this machine has, and a port that nobody uses, or 0 for any.',
					cause: error,
				},
			);
		}
		serving.boundPort = (serving.server.address() as AddressInfo).port;
		// One that fails later fails to accept, and the wait for the server ends by its time limit.
		serving.server.on('error', () => undefined);
		return serving;
	}

	/** The port that it has got. */
	get port(): number {
		return this.boundPort;
	}

	get state(): Readonly<ServingState> {
		return this.current;
	}

	/** Ends every connection; a transfer that is not complete counts for nothing at the other end. */
	close(): void {
		this.server.close();
		for (const session of this.sessions) session.close();
	}

	private accept(socket: Socket): void {
		const peer = plainAddress(socket.remoteAddress ?? '');
		const isKnown = this.peers.includes(peer);
		if (!isKnown) this.refused.add(peer);
		if (!isKnown || this.current.phase !== 'waiting' || this.sessions.size >= MOST_IN_HANDSHAKE) {
			socket.on('error', () => undefined).destroy();
			return;
		}
		const session: ReplicaSession = new ReplicaSession(socket, this.snapshot, {
			requested: () => this.admit(session),
			sent: (bytes) => this.advance({ sentBytes: this.current.sentBytes + bytes }),
			sentAll: () => this.advance({ phase: 'loading' }),
			alive: () => this.advance({}),
			loaded: () => this.advance({ phase: 'loaded' }),
			failed: (failure) => {
				if (this.current.phase !== 'loaded') this.current.failure ??= failure;
			},
		});
		this.sessions.add(session);
		const deadline = setTimeout(() => {
			if (!session.isServed) session.close();
		}, HANDSHAKE_LIMIT_MS);
		socket.once('close', () => {
			clearTimeout(deadline);
			this.sessions.delete(session);
		});
	}

	private admit(session: ReplicaSession): boolean {
		if (this.current.phase !== 'waiting') return false;
		this.advance({ phase: 'sending' });
		for (const other of this.sessions) if (other !== session) other.close();
		this.server.close();
		return true;
	}

	private advance(change: Partial<ServingState>): void {
		Object.assign(this.current, change, { progressAt: Date.now() });
	}
}

/** An IPv4 address is the same when a socket for both families writes it as IPv6. */
export function plainAddress(address: string): string {
	return address.replace(/^::ffff:/i, '');
}
