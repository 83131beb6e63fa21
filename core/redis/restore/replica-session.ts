import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { ReplicaRequestReader, type ReplicaRequest } from './replica-requests';

const ASK_FOR_OFFSET = '*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n';

/** What a replica is given, once it has shown the secret. */
export interface ServedSnapshot {
	/** The RDB, checked on its way: it must fail rather than end with other bytes than were proved. */
	readonly open: () => Readable;
	/** Told of every chunk of `open()` that is sent and not needed any more. */
	readonly release?: (chunk: Buffer) => void;
	/** Bytes that `open()` gives, announced before they are sent. */
	readonly bytes: number;
	/** The word after AUTH. */
	readonly secret: string;
	/** 40 hexadecimal digits. */
	readonly replicationId: string;
	readonly offset: number;
}

/** What a session tells. After `requested` it ends with `loaded` or `failed`. */
export interface SessionEvents {
	/** It asks for the snapshot; false where another one has it already. */
	requested(): boolean;
	/** Bytes that the connection has taken. */
	sent(bytes: number): void;
	sentAll(): void;
	/** The replica is at work, though nothing was sent. */
	alive(): void;
	loaded(): void;
	failed(error: Error): void;
}

/**
 * Our side of one connection that claims to be the replica: answers like a master for as much as a
 * full synchronization takes, and says nothing but "NOAUTH" before the secret was shown.
 */
export class ReplicaSession {
	private readonly reader = new ReplicaRequestReader();
	private readonly closed = new AbortController();
	private authenticated = false;
	private state: 'handshake' | 'sending' | 'sent' | 'loaded' = 'handshake';

	constructor(
		private readonly socket: Socket,
		private readonly snapshot: ServedSnapshot,
		private readonly events: SessionEvents,
	) {
		socket.setNoDelay(true);
		socket.on('error', () => undefined); // The close that follows says all there is to say.
		socket.on('data', (chunk: Buffer) => this.receive(chunk));
		socket.once('close', () => this.end());
	}

	/** Whether this is the connection that asked for the snapshot. */
	get isServed(): boolean {
		return this.state !== 'handshake';
	}

	close(): void {
		this.socket.destroy();
	}

	private receive(chunk: Buffer): void {
		if (this.isServed) this.events.alive();
		try {
			for (const request of this.reader.push(chunk)) this.answer(request);
		} catch {
			this.socket.destroy();
		}
	}

	private answer([command = '', ...words]: ReplicaRequest): void {
		const name = command.toUpperCase();
		if (name === 'AUTH') return this.authenticate(words.at(-1) ?? '');
		// Also in answer to PING, as replicas of every version take it: they show the secret next.
		if (!this.authenticated) return this.say('-NOAUTH Authentication required.');
		switch (name) {
			case 'PING':
				return this.say('+PONG');
			case 'REPLCONF':
				return this.configure(words);
			case 'PSYNC':
				return this.synchronize();
			default:
				return this.say('-ERR unknown command');
		}
	}

	private authenticate(shown: string): void {
		if (!isSame(shown, this.snapshot.secret)) {
			this.socket.end('-WRONGPASS invalid username-password pair or user is disabled.\r\n');
			return;
		}
		this.authenticated = true;
		this.say('+OK');
	}

	private configure([option = '', value]: readonly string[]): void {
		if (option.toUpperCase() !== 'ACK') return this.say('+OK');
		if (this.state !== 'sent' || Number(value) < this.snapshot.offset) return;
		this.state = 'loaded';
		this.events.loaded();
	}

	private synchronize(): void {
		if (this.isServed || !this.events.requested()) {
			this.socket.destroy();
			return;
		}
		this.state = 'sending';
		const { replicationId, offset, bytes } = this.snapshot;
		this.say(`+FULLRESYNC ${replicationId} ${offset}\r\n$${bytes}`);
		this.send().then(
			() => {
				this.state = 'sent';
				this.events.sentAll();
			},
			(error: unknown) => {
				// Before the last byte, so that the server takes what it has for nothing.
				this.socket.destroy();
				this.events.failed(error instanceof Error ? error : new Error(String(error)));
			},
		);
	}

	private async send(): Promise<void> {
		const { signal } = this.closed;
		for await (const chunk of this.snapshot.open() as AsyncIterable<Buffer>) {
			signal.throwIfAborted();
			const { length } = chunk;
			// What was not written may still be under way when its socket is destroyed.
			const written = (error?: Error | null) => error ?? this.snapshot.release?.(chunk);
			if (!this.socket.write(chunk, written)) await once(this.socket, 'drain', { signal });
			this.events.sent(length);
		}
		signal.throwIfAborted();
		// By itself a replica tells once a second how far it is; this it answers as soon as it has loaded.
		this.socket.write(ASK_FOR_OFFSET);
	}

	private end(): void {
		const error = new Error('The server closed the connection');
		this.closed.abort(error);
		if (this.state === 'sent') this.events.failed(error);
	}

	private say(line: string): void {
		this.socket.write(`${line}\r\n`);
	}
}

/** In the same time whatever differs. */
function isSame(shown: string, secret: string): boolean {
	const digest = (text: string) => createHash('sha256').update(text, 'latin1').digest();
	return timingSafeEqual(digest(shown), digest(secret));
}
