import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** Size and lower-case hexadecimal SHA-256 of a run of bytes. */
export interface Digest {
	bytes: number;
	sha256: string;
}

/** How many bytes may come, and the error for one more. */
export interface ByteLimit {
	bytes: number;
	exceeded(): Error;
}

/**
 * Passes bytes through unchanged while it counts and hashes them. `atEnd` sees the digest before the
 * reader sees the end, and can throw to turn the end into an error. Beyond `limit` nothing is passed.
 */
export class DigestStream extends Transform {
	private readonly hash = createHash('sha256');
	private bytes = 0;
	private result: Digest | undefined;

	constructor(
		private readonly atEnd: (digest: Digest) => void = () => {},
		private readonly limit?: ByteLimit,
	) {
		super();
	}

	/** Known once the last byte has passed. */
	get digest(): Digest {
		if (this.result === undefined) throw new Error('The digest was asked for before the end.');
		return this.result;
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		this.hash.update(chunk);
		this.bytes += chunk.length;
		if (this.limit && this.bytes > this.limit.bytes) done(this.limit.exceeded());
		else done(null, chunk);
	}

	override _flush(done: TransformCallback): void {
		this.result = { bytes: this.bytes, sha256: this.hash.digest('hex') };
		try {
			this.atEnd(this.result);
			done();
		} catch (error) {
			done(error as Error);
		}
	}
}
