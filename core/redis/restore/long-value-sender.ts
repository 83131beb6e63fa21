import { pipeline } from 'node:stream/promises';
import { Conversation } from '../replication/conversation';
import { logIn } from '../replication/log-in';
import { commandAround } from '../resp/encode';
import { commandName, type RedisServer } from '../server';
import { openServerSocket } from '../server-socket';
import type { LongPayload } from './long-payload';
import type { Argument } from './server-session';

/** A server that neither takes nor sends a byte for so long is given up. */
const SILENCE_MS = 60_000;
/** Servers end connections on which nothing happens (`timeout`). */
const IDLE_MS = 10_000;

/** A command with a payload between its words. */
export interface LongCommand {
	database: number;
	before: readonly Argument[];
	payload: LongPayload;
	after: readonly Argument[];
}

/**
 * Writes commands piece by piece, over connections of its own: a client that takes commands whole would
 * hold each long value several times.
 */
export class LongValueSender {
	private current: { conversation: Conversation; database: number; usedAt: number } | undefined;

	constructor(private readonly server: RedisServer) {}

	/**
	 * Resolves when the server has confirmed the command, and rejects with its error reply, or as
	 * `connect` does. Aborting `signal` ends the connection before the last piece, so that the server
	 * does nothing.
	 */
	async send(command: LongCommand, signal?: AbortSignal): Promise<void> {
		const connection = await this.connection(command.database);
		const { conversation } = connection;
		const { socket } = conversation;
		socket.setTimeout(SILENCE_MS);
		try {
			await pipeline(this.piecesOf(command, signal), socket, { end: false });
			accept(await conversation.line());
		} finally {
			socket.setTimeout(0);
			connection.usedAt = Date.now();
		}
	}

	close(): void {
		this.current?.conversation.socket.destroy();
		this.current = undefined;
	}

	private async *piecesOf(
		{ before, payload, after }: LongCommand,
		signal: AbortSignal | undefined,
	): AsyncGenerator<Buffer> {
		const [command, ...words] = before.map(asWord);
		const name = commandName(this.server, String(command));
		const { head, tail } = commandAround([name, ...words], payload.bytes, after.map(asWord));
		yield head;
		for await (const piece of payload.pieces()) {
			signal?.throwIfAborted();
			yield piece;
		}
		yield tail;
	}

	/** An open one with this database selected; not one that the server may have closed meanwhile. */
	private async connection(database: number) {
		if (Date.now() - (this.current?.usedAt ?? 0) > IDLE_MS) this.close();
		this.current ??= { conversation: await this.open(), database: 0, usedAt: Date.now() };
		if (this.current.database !== database) {
			const words = [commandName(this.server, 'SELECT'), `${database}`];
			accept(await this.current.conversation.ask(words));
		}
		this.current.database = database;
		return this.current;
	}

	private async open(): Promise<Conversation> {
		const socket = await openServerSocket(this.server);
		const silent = `the server gave no sign of life for ${SILENCE_MS / 1000} seconds`;
		socket.on('timeout', () => socket.destroy(new Error(silent)));
		const conversation = new Conversation(socket, () => undefined);
		try {
			await logIn(conversation, this.server);
			return conversation;
		} catch (error) {
			socket.destroy();
			throw error;
		}
	}
}

function asWord(argument: Argument): string | Buffer {
	return typeof argument === 'number' ? `${argument}` : argument;
}

function accept(reply: string): void {
	if (reply.startsWith('-')) throw new Error(reply.slice(1));
}
