import fc from 'fast-check';

/** Where damage is; the ends of a file, with headers and checksums, are struck as often as the rest. */
const place = (bytes: number) =>
	fc.oneof(
		fc.integer({ min: 0, max: Math.min(250, bytes - 1) }),
		fc.integer({ min: 0, max: bytes - 1 }),
		fc.integer({ min: Math.max(0, bytes - 120), max: bytes - 1 }),
	);

const extra = fc
	.uint8Array({ minLength: 1, maxLength: 300 })
	.map((bytes) => Buffer.from(bytes) as Buffer);

/** What can happen to stored bytes: flipped, cut at the end or in the middle, added to, swapped, repeated. */
export function damageTo(stored: Buffer): fc.Arbitrary<Buffer> {
	const at = place(stored.length);
	const range = fc.tuple(at, at).map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const);
	const splice = (from: number, to: number, middle: Buffer = Buffer.alloc(0)) =>
		Buffer.concat([stored.subarray(0, from), middle, stored.subarray(to)]);
	return fc
		.oneof(
			fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(([index, bits]) => {
				const copy = Buffer.from(stored);
				copy[index] = (copy[index] ?? 0) ^ bits;
				return copy;
			}),
			at.map((end) => stored.subarray(0, end)),
			range.map(([from, to]) => splice(from, to)),
			fc.tuple(at, extra).map(([index, bytes]) => splice(index, index, bytes)),
			extra.map((bytes) => splice(stored.length, stored.length, bytes)),
			fc.tuple(range, extra).map(([[from, to], bytes]) => splice(from, to, bytes)),
			range.map(([from, to]) => splice(to, to, stored.subarray(from, to))),
			fc.tuple(range, at).map(([[from, to], other]) => {
				const rest = splice(from, to);
				const index = Math.min(other, rest.length);
				const moved = [rest.subarray(0, index), stored.subarray(from, to), rest.subarray(index)];
				return Buffer.concat(moved);
			}),
		)
		.filter((damaged) => !damaged.equals(stored));
}
