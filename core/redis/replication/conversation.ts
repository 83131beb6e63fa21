import { once } from 'node:events';
import type { Socket } from 'node:net';
import { encodeCommand } from '../resp/encode';

const NEWLINE = 0x0a;
/** Replies are one line; whatever is longer is not Redis. */
const LONGEST_LINE = 16 * 1024;

/** The connection ended, or was about to send something that is no reply. */
export class ConversationEnded extends Error {}

/** Speaks with a server before a transfer: one command, one line in reply. */
export class Conversation {
	/** @param onBytes called whenever the server gives a sign of life */
	constructor(
		readonly socket: Socket,
		private readonly onBytes: () => void,
	) {
		socket.pause();
	}

	/** The reply, `+`, `-` or `$` in front, without its end. */
	async ask(words: readonly string[]): Promise<string> {
		this.socket.write(encodeCommand(words));
		return await this.line();
	}

	/**
	 * The next line. Empty ones are skipped: the server sends them to show that it is alive while it
	 * prepares the snapshot. What comes behind the line stays in the socket.
	 */
	async line(): Promise<string> {
		let text = Buffer.alloc(0);
		for (;;) {
			const chunk = await this.chunk();
			let start = 0;
			if (text.length === 0) while (chunk[start] === NEWLINE) start++;
			const end = chunk.indexOf(NEWLINE, start);
			text = Buffer.concat([text, chunk.subarray(start, end < 0 ? undefined : end)]);
			if (text.length > LONGEST_LINE) throw new ConversationEnded('what it sends is no reply');
			if (end < 0) continue;
			if (end + 1 < chunk.length) this.socket.unshift(chunk.subarray(end + 1));
			return text.toString('latin1').replace(/\r$/, '');
		}
	}

	private async chunk(): Promise<Buffer> {
		for (;;) {
			const chunk = this.socket.read() as Buffer | null;
			if (chunk) {
				this.onBytes();
				return chunk;
			}
			if (this.socket.destroyed || this.socket.readableEnded) {
				throw this.socket.errored ?? new ConversationEnded('it closed the connection');
			}
			await this.readable();
		}
	}

	private async readable(): Promise<void> {
		const stop = new AbortController();
		const { signal } = stop;
		try {
			await Promise.race([
				once(this.socket, 'readable', { signal }),
				once(this.socket, 'end', { signal }),
				once(this.socket, 'close', { signal }),
			]);
		} finally {
			stop.abort();
		}
	}
}
