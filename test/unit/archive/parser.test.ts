import fc from 'fast-check';
import { type ArchiveEvent, ArchiveParser } from '../../../core/postgres/archive/parser';
import { DisasterRecoveryError, IntegrityError } from '../../../core/errors';
import { anyArchive } from './archive-arbitrary';
import { writeArchive } from './archive-writer';

/** Parses `bytes` cut at `cuts`; data events that follow each other are joined. */
function parse(bytes: Buffer, cuts: readonly number[] = []): ArchiveEvent[] {
	const parser = new ArchiveParser();
	const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
	const events: ArchiveEvent[] = [];
	borders.forEach((from, index) => {
		const piece = Buffer.from(bytes.subarray(from, borders[index + 1]));
		const found = parser.push(piece);
		// Whoever pushes may use the memory again.
		piece.fill(0xff);
		for (const event of found) {
			const last = events.at(-1);
			if (event.type === 'data' && last?.type === 'data') {
				events.pop();
				events.push({ type: 'data', chunk: Buffer.concat([last.chunk, event.chunk]) });
			} else events.push(event);
		}
	});
	parser.end();
	return events;
}

const summary = (events: ArchiveEvent[]) =>
	events.map((event) => {
		if (event.type === 'data') return event.chunk.toString('hex');
		if (event.type === 'toc') return event.toc.entries;
		return event.type === 'large-object' ? event.oid : `${event.type} ${event.entry.id}`;
	});

const sample = writeArchive({
	minor: 16,
	entries: [
		{ id: 3, kind: 'ENCODING', tag: 'ENCODING', definition: "SET client_encoding = 'UTF8';\n" },
		{ id: 4, kind: 'TABLE', tag: 'Ünï', definition: 'CREATE TABLE …', dependencies: [3, 2200] },
		{ id: 5, kind: 'TABLE DATA', tag: 'Ünï', rows: ['1\ta', '2\t\\N'] },
		{
			id: 6,
			kind: 'BLOBS',
			schema: null,
			largeObjects: [{ oid: 4294967290, parts: [Buffer.from('ab'), Buffer.from('c')] }],
		},
	],
});

describe('ArchiveParser', () => {
	it('reads contents and data in the order of the file', () => {
		const [toc, ...rest] = parse(sample);
		expect(toc).toMatchObject({
			type: 'toc',
			toc: {
				version: '1.16',
				database: 'shop',
				serverVersion: '15.18',
				pgDumpVersion: '18.3',
				encoding: 'UTF8',
				textIsExact: true,
			},
		});
		expect(toc?.type === 'toc' && toc.toc.entries[1]).toMatchObject({
			tag: 'Ünï',
			owner: 'postgres',
			hadData: false,
			dependencies: [3, 2200],
		});
		expect(summary(rest)).toEqual([
			'block 5',
			Buffer.from('1\ta\n2\t\\N\n\\.\n\n\n').toString('hex'),
			'block-end 5',
			'block 6',
			4294967290,
			Buffer.from('abc').toString('hex'),
			'block-end 6',
		]);
	});

	it('finds the same whatever the borders of the chunks are', () => {
		fc.assert(
			fc.property(anyArchive, fc.array(fc.nat(), { maxLength: 30 }), (archive, cuts) => {
				const bytes = writeArchive(archive);
				expect(summary(parse(bytes, cuts))).toEqual(summary(parse(bytes)));
			}),
		);
		const singleBytes = Array.from(sample, (_, index) => index);
		expect(summary(parse(sample, singleBytes))).toEqual(summary(parse(sample)));
	});

	it('refuses an archive that was cut anywhere', () => {
		for (let length = 0; length < sample.length; length++) {
			expect(() => parse(sample.subarray(0, length))).toThrow(IntegrityError);
		}
	});

	it('refuses bytes behind the end', () => {
		for (const extra of [0, 1, 3, 255]) {
			expect(() => parse(Buffer.concat([sample, Buffer.from([extra])]))).toThrow(
				'bytes behind its end',
			);
		}
	});

	it('answers damage with a typed error, or with other values, but never hangs or crashes', () => {
		const flip = fc.record({ at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) });
		const flips = fc.array(flip, { minLength: 1, maxLength: 3 });
		fc.assert(
			fc.property(anyArchive, flips, (archive, damage) => {
				const bytes = writeArchive(archive);
				for (const { at, mask } of damage) bytes[at % bytes.length]! ^= mask;
				try {
					parse(bytes);
				} catch (error) {
					expect(error).toBeInstanceOf(DisasterRecoveryError);
				}
			}),
			{ numRuns: 1000 },
		);
	});

	it('refuses two data blocks in the wrong order, and one that is there twice', () => {
		const entries = [
			{ id: 1, kind: 'TABLE DATA', tag: 'a', rows: ['1'] },
			{ id: 2, kind: 'TABLE DATA', tag: 'b', rows: ['1'] },
		];
		const whole = writeArchive({ minor: 14, entries });
		// A row `1\n` takes 7 bytes, the terminator 10, and 11 are around them.
		const [first, second] = [whole.subarray(-56, -28), whole.subarray(-28)];
		const head = whole.subarray(0, -56);
		expect(parse(Buffer.concat([head, first, second]))).toHaveLength(7);
		expect(() => parse(Buffer.concat([head, second, first]))).toThrow('public.a');
		expect(() => parse(Buffer.concat([head, first, first]))).toThrow('public.b');
	});

	it.each([
		[{ minor: 15 as const, compression: 3, entries: [] }, 'compressed'],
		[{ minor: 14 as const, compression: -1, entries: [] }, 'compressed'],
		[{ minor: 13 as unknown as 14, entries: [] }, 'archive version 1.13'],
		[{ minor: 16 as const, format: 3, entries: [] }, 'custom format'],
	])('says what it does not read: %j', (archive, message) => {
		expect(() => parse(writeArchive(archive))).toThrow(message);
	});

	it('notices text that it cannot decode', () => {
		const entries = [{ id: 4, kind: 'TABLE', definition: 'ä' }];
		const bytes = writeArchive({ minor: 15, entries });
		bytes[bytes.indexOf(Buffer.from('ä'))] = 0xff;
		expect(parse(bytes)[0]).toMatchObject({ toc: { textIsExact: false } });
	});
});
