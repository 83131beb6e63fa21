import { Transform, type TransformCallback } from 'node:stream';

/** Message types of the PostgreSQL protocol, chapter "Message Formats". */
const AUTHENTICATION = 'R'.charCodeAt(0);
const BACKEND_KEY_DATA = 'K'.charCodeAt(0);
const READY_FOR_QUERY = 'Z'.charCodeAt(0);
const AUTHENTICATION_SASL = 10;

const HEADER_BYTES = 5;
/** Longer than any message before the first query; a larger length is not a length at all. */
const LONGEST_STARTUP_MESSAGE = 1024 * 1024;

/**
 * What the server says until it is ready for the first query, without the SCRAM variants that bind
 * to a TLS channel (`…-PLUS`): Node keeps the TLS connection, `pg_dump` sees a plain one and would
 * refuse a server that offers them there. All that follows passes untouched and unparsed.
 */
export class StartupFilter extends Transform {
	/** The server's BackendKeyData (process and secret), once it was sent: the key to a cancel request. */
	cancelKey: Buffer | undefined;

	private pending: Buffer = Buffer.alloc(0);
	private isStartingUp = true;

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		if (!this.isStartingUp) return done(null, chunk);
		this.pending = Buffer.concat([this.pending, chunk]);
		while (this.isStartingUp && this.pending.length >= HEADER_BYTES) {
			const length = this.pending.readUInt32BE(1);
			if (length < 4 || length > LONGEST_STARTUP_MESSAGE) {
				// A server that could not even start a session answers with text in place of a message.
				this.isStartingUp = false;
			} else if (this.pending.length <= length) {
				break;
			} else {
				this.pass(this.pending.subarray(0, 1 + length));
				this.pending = this.pending.subarray(1 + length);
			}
		}
		if (!this.isStartingUp) this.release();
		done();
	}

	override _flush(done: TransformCallback): void {
		this.release();
		done();
	}

	private pass(message: Buffer): void {
		const type = message[0];
		if (type === BACKEND_KEY_DATA) this.cancelKey = Buffer.from(message.subarray(HEADER_BYTES));
		if (type === READY_FOR_QUERY) this.isStartingUp = false;
		this.push(type === AUTHENTICATION ? withoutChannelBinding(message) : message);
	}

	private release(): void {
		if (this.pending.length > 0) this.push(this.pending);
		this.pending = Buffer.alloc(0);
	}
}

function withoutChannelBinding(message: Buffer): Buffer {
	const isSasl =
		message.length >= HEADER_BYTES + 4 &&
		message.readUInt32BE(HEADER_BYTES) === AUTHENTICATION_SASL;
	if (!isSasl) return message;
	const head = message.subarray(0, HEADER_BYTES + 4);
	const offered = message.toString('latin1', head.length).split('\0').filter(Boolean);
	const kept = offered.filter((mechanism) => !mechanism.endsWith('-PLUS'));
	const list = kept.map((mechanism) => `${mechanism}\0`).join('');
	const changed = Buffer.concat([head, Buffer.from(`${list}\0`, 'latin1')]);
	changed.writeUInt32BE(changed.length - 1, 1);
	return changed;
}
