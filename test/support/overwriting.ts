import { Writable } from 'node:stream';

/** What stands in memory that was given back and used for something else. */
export function overwrite(chunk: Uint8Array): void {
	chunk.fill(0xa5);
}

/** A copy of the bytes in pieces that end at these places, whatever they are, each in memory of its own. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Buffer[] {
	const ends = [...places.map((at) => at % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
	return ends
		.map((end, index) => {
			const piece = bytes.subarray(ends[index - 1] ?? 0, end);
			const own = Buffer.allocUnsafeSlow(piece.length);
			own.set(piece);
			return own;
		})
		.filter(({ length }) => length > 0);
}

/** The end of a pipeline whose chunks are used for something else as soon as they have come there. */
export function overwriting(): Writable {
	return new Writable({
		write: (chunk: Buffer, _encoding, done) => {
			overwrite(chunk);
			done();
		},
	});
}
