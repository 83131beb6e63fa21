import fc from 'fast-check';
import type { WrittenArchive, WrittenEntry } from './archive-writer';

const row = fc
	.string({ maxLength: 40, unit: 'grapheme' })
	.map((value) => value.replace(/[\n\r]/g, ' '));
const largeObject = fc.record({
	oid: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
	parts: fc.array(
		fc.uint8Array({ minLength: 1, maxLength: 60 }).map((part) => Buffer.from(part)),
		{
			maxLength: 3,
		},
	),
});
const content: fc.Arbitrary<Partial<WrittenEntry>> = fc.oneof(
	fc.record({ kind: fc.constant('TABLE DATA'), rows: fc.array(row, { maxLength: 8 }) }),
	fc.record({ kind: fc.constant('BLOBS'), largeObjects: fc.array(largeObject, { maxLength: 4 }) }),
	fc.record({ kind: fc.constantFrom('TABLE', 'VIEW', 'ACL'), definition: fc.string() }),
);

/** Archives such as pg_dump could have written: every version, any tables, rows and large objects. */
export const anyArchive: fc.Arbitrary<WrittenArchive> = fc.record({
	minor: fc.constantFrom(14, 15, 16),
	entries: fc
		.array(content, { maxLength: 6 })
		.map((contents) =>
			contents.map((entry, index) => ({ kind: '', tag: `t${index}`, ...entry, id: 100 + index })),
		),
});
