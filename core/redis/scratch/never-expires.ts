import { Transform, type TransformCallback } from 'node:stream';
import { RdbWalker } from '../rdb/walker';

/**
 * Added to all times of expiry of a snapshot that is loaded for a test, in milliseconds: 300 years. A
 * server drops keys whose time is over, so that an old backup could not be counted otherwise.
 */
export const EXPIRES_LATER_MS = 300 * 365 * 24 * 3600 * 1000;

/**
 * Passes an RDB file on with all of its keys expiring later. The checksum, which is wrong then, is
 * replaced by the zeros that stand for none; so it has to be checked before.
 */
export class NeverExpires extends Transform {
	private readonly walker: RdbWalker;

	constructor(damaged: (what: string) => Error) {
		super();
		this.walker = new RdbWalker(
			{
				expiryBytes: (bytes) => {
					bytes.writeBigInt64LE(bytes.readBigInt64LE() + BigInt(EXPIRES_LATER_MS));
				},
				footerBytes: (bytes) => bytes.fill(0),
			},
			damaged,
		);
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		try {
			// A copy, because the walker uses its memory again.
			done(null, Buffer.from(this.walker.push(chunk)));
		} catch (error) {
			done(error as Error);
		}
	}

	override _flush(done: TransformCallback): void {
		try {
			this.walker.end();
			done();
		} catch (error) {
			done(error as Error);
		}
	}
}
