import { Transform, type TransformCallback } from 'node:stream';

/** Message type of the PostgreSQL protocol, chapter "Message Formats". */
const QUERY = 'Q'.charCodeAt(0);
/** The first message has no type; requests for encryption, which may come before it, neither. */
const STARTUP_PROTOCOL_MAJOR = 3;

const LENGTH_BYTES = 4;

/** How this pg_dump asks for the options of columns. */
const ALL_OPTIONS = Buffer.from(`array_to_string(a.attoptions, ', ') AS attoptions`);
const OWN_OPTIONS = Buffer.from(
	`array_to_string(ARRAY(SELECT o FROM unnest(a.attoptions) o ` +
		`WHERE substr(o, 1, 10) <> 'pg_attver='), ', ') AS attoptions`,
);

/**
 * What pg_dump says to the server, but without the mark `pg_attver` among the options of columns.
 *
 * Since the minor releases of November 2026 (15.20 and its like) a server keeps that mark in
 * `pg_attribute.attoptions`, and the pg_dump of the same release leaves it out. An older one, as
 * this one is, would write it down as `ALTER TABLE … SET (pg_attver=…)`, which any older server
 * refuses: the backup could not be restored there.
 */
export class QueryFilter extends Transform {
	private pending: Buffer = Buffer.alloc(0);
	private isStartingUp = true;

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
		for (;;) {
			const typeBytes = this.isStartingUp ? 0 : 1;
			if (this.pending.length < typeBytes + LENGTH_BYTES) break;
			// The length counts itself, but not the type.
			const end = typeBytes + this.pending.readUInt32BE(typeBytes);
			if (this.pending.length < end) break;
			this.pass(this.pending.subarray(0, end));
			this.pending = this.pending.subarray(end);
		}
		done();
	}

	override _flush(done: TransformCallback): void {
		if (this.pending.length > 0) this.push(this.pending);
		done();
	}

	private pass(message: Buffer): void {
		if (!this.isStartingUp) {
			this.push(message[0] === QUERY ? withOwnOptionsOnly(message) : message);
			return;
		}
		this.isStartingUp = message.readUInt16BE(LENGTH_BYTES) !== STARTUP_PROTOCOL_MAJOR;
		this.push(message);
	}
}

function withOwnOptionsOnly(query: Buffer): Buffer {
	const at = query.indexOf(ALL_OPTIONS);
	if (at < 0) return query;
	const changed = Buffer.concat([
		query.subarray(0, at),
		OWN_OPTIONS,
		query.subarray(at + ALL_OPTIONS.length),
	]);
	changed.writeUInt32BE(changed.length - 1, 1);
	return changed;
}
