/**
 * Messages of the PostgreSQL protocol, chapter "Message Formats": a letter, a length that counts
 * itself, and a body; the first one that a client sends has no letter.
 */
export interface WireMessage {
	/** Empty for the first one. */
	readonly type: string;
	readonly body: Buffer;
	/** As it came. */
	readonly bytes: Buffer;
}

const LENGTH_BYTES = 4;

/** Cuts what a client sends into messages. */
export class WireReader {
	private pending: Buffer[] = [];
	private pendingBytes = 0;
	private isStarting = true;

	/** The messages that `chunk` completes. */
	push(chunk: Buffer): WireMessage[] {
		this.pending.push(chunk);
		this.pendingBytes += chunk.length;
		const messages: WireMessage[] = [];
		for (let message = this.next(); message; message = this.next()) messages.push(message);
		return messages;
	}

	private next(): WireMessage | undefined {
		const typeBytes = this.isStarting ? 0 : 1;
		if (this.pendingBytes < typeBytes + LENGTH_BYTES) return undefined;
		const head = this.joined(typeBytes + LENGTH_BYTES);
		const size = typeBytes + head.readUInt32BE(typeBytes);
		if (this.pendingBytes < size) return undefined;
		const bytes = this.joined(size);
		const message = {
			type: this.isStarting ? '' : String.fromCharCode(bytes[0] ?? 0),
			body: bytes.subarray(typeBytes + LENGTH_BYTES, size),
			bytes: bytes.subarray(0, size),
		};
		this.pending = bytes.length > size ? [bytes.subarray(size)] : [];
		this.pendingBytes -= size;
		this.isStarting = false;
		return message;
	}

	/** A buffer that begins with what is pending and has at least `size` bytes. */
	private joined(size: number): Buffer {
		const [first] = this.pending;
		if (first && first.length >= size) return first;
		const all = Buffer.concat(this.pending);
		this.pending = [all];
		return all;
	}
}

/** A message with its letter and length. */
export function wireMessage(type: string, ...parts: readonly Buffer[]): Buffer {
	const length = parts.reduce((sum, part) => sum + part.length, LENGTH_BYTES);
	const head = Buffer.alloc(1 + LENGTH_BYTES);
	head.write(type, 'latin1');
	head.writeUInt32BE(length, 1);
	return Buffer.concat([head, ...parts]);
}

/** A text as the protocol ends one. */
export function wireText(text: string): Buffer {
	return Buffer.from(`${text}\0`);
}

/** The messages in what a server has answered, which is always whole. */
export function answersIn(bytes: Buffer): WireMessage[] {
	const messages: WireMessage[] = [];
	for (let at = 0; at < bytes.length;) {
		const size = 1 + bytes.readUInt32BE(at + 1);
		messages.push({
			type: String.fromCharCode(bytes[at] ?? 0),
			body: bytes.subarray(at + 1 + LENGTH_BYTES, at + size),
			bytes: bytes.subarray(at, at + size),
		});
		at += size;
	}
	return messages;
}
