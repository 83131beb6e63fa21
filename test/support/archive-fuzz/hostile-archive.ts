import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

/** Archives of pg_dump itself: version 1.14 and 1.16, with one of most kinds of entries. */
const ARCHIVES = readdirSync(join(__dirname, 'archives')).map((name) =>
	readFileSync(join(__dirname, 'archives', name)),
);

/** Numbers that a reader may stumble over, as the archive writes them: a sign, then four bytes. */
const NUMBERS = [0, 1, 2 ** 16, 2 ** 26, 2 ** 26 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const number = fc
	.record({ sign: fc.constantFrom(0, 1, 2, 255), value: fc.constantFrom(...NUMBERS) })
	.map(({ sign, value }) => {
		const bytes = Buffer.alloc(5, sign);
		bytes.writeUInt32LE(value, 1);
		return bytes;
	});

type Change = (bytes: Buffer) => Buffer;

const splice = (bytes: Buffer, at: number, end: number, ...middle: Buffer[]) =>
	Buffer.concat([bytes.subarray(0, at), ...middle, bytes.subarray(end)]);

const place = fc.nat({ max: 2 ** 20 });
const change: fc.Arbitrary<Change> = fc.oneof(
	fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, bits]): Change => (bytes) => {
		const copy = Buffer.from(bytes);
		const index = at % Math.max(1, copy.length);
		if (index < copy.length) copy[index] = (copy[index] ?? 0) ^ bits;
		return copy;
	}),
	// Over five bytes, which is a whole number wherever it is aligned with one.
	fc.tuple(place, number).map(([at, five]): Change => (bytes) => {
		const index = at % (bytes.length + 1);
		return splice(bytes, index, index + five.length, five);
	}),
	place.map(
		(at): Change =>
			(bytes) =>
				bytes.subarray(0, at % (bytes.length + 1)),
	),
	fc.tuple(place, fc.nat({ max: 60 })).map(([at, length]): Change => (bytes) => {
		const index = at % (bytes.length + 1);
		return splice(bytes, index, index + length);
	}),
	fc
		.tuple(place, fc.nat({ max: 300 }), fc.constantFrom(1, 2, 50, 1_000))
		.map(([at, length, times]): Change => (bytes) => {
			const index = at % (bytes.length + 1);
			const piece = bytes.subarray(index, index + length);
			return splice(bytes, index, index, ...Array.from({ length: times }, () => piece));
		}),
	fc.tuple(place, fc.uint8Array({ maxLength: 40 })).map(([at, extra]): Change => (bytes) => {
		const index = at % (bytes.length + 1);
		return splice(bytes, index, index, Buffer.from(extra));
	}),
);

const mutated = fc
	.tuple(fc.constantFrom(...ARCHIVES), fc.array(change, { minLength: 1, maxLength: 5 }))
	.map(([archive, changes]) => changes.reduce<Buffer>((bytes, apply) => apply(bytes), archive));

const random = fc
	.tuple(
		fc.constantFrom(
			'',
			'PGDMP',
			'PGDMP\x01\x0e\x00\x04\x08\x01',
			'PGDMP\x01\x10\x00\x04\x08\x01\x00',
		),
		fc.array(
			fc.oneof(
				number,
				fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
			),
			{
				maxLength: 60,
			},
		),
	)
	.map(([head, pieces]) => Buffer.concat([Buffer.from(head, 'latin1'), ...pieces]));

/** Bytes that claim to be an archive, in pieces as a store gives them. */
export const hostileArchive: fc.Arbitrary<Buffer[]> = fc
	.tuple(
		fc.oneof({ arbitrary: mutated, weight: 4 }, { arbitrary: random, weight: 1 }),
		fc.constantFrom(1, 7, 100, 65_536),
	)
	.map(([bytes, size]) => {
		// Many small pieces of much would only be slow.
		const step = Math.max(size, Math.ceil(bytes.length / 200));
		return Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) =>
			bytes.subarray(index * step, (index + 1) * step),
		);
	});
