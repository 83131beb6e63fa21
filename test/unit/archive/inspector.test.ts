import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { IntegrityError } from '../../../core/errors';
import { ArchiveInspector } from '../../../core/postgres/archive/inspector';
import { anyArchive } from './archive-arbitrary';
import { writeArchive } from './archive-writer';

async function inspect(bytes: Buffer, chunkBytes = 16) {
	const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
		Buffer.from(bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
	);
	const inspector = new ArchiveInspector();
	const passed: Buffer[] = [];
	const sink = new Writable({
		write(chunk: Buffer, _encoding, done) {
			passed.push(Buffer.from(chunk));
			// Whoever is done with a chunk may use its memory again.
			chunk.fill(0xff);
			done();
		},
	});
	await pipeline(Readable.from(chunks), inspector, sink);
	return { passed: Buffer.concat(passed), summary: inspector.summary };
}

describe('ArchiveInspector', () => {
	it('passes every byte through and counts rows and large objects', async () => {
		await fc.assert(
			fc.asyncProperty(anyArchive, fc.integer({ min: 1, max: 400 }), async (archive, size) => {
				const bytes = writeArchive(archive);
				const { passed, summary } = await inspect(bytes, size);
				expect(passed).toEqual(bytes);
				expect(summary.tables).toEqual(
					archive.entries
						.filter((entry) => entry.rows)
						.map(({ tag, rows }) => ({ schema: 'public', name: tag, rows: rows?.length })),
				);
				expect(summary.largeObjects).toBe(
					archive.entries.flatMap((entry) => entry.largeObjects ?? []).length,
				);
			}),
		);
	});

	it.each(['', '\\.\n\n', '\\.\n\n\n\n', 'x'])(
		'refuses rows that do not end in the COPY terminator: %j',
		async (terminator) => {
			const entries = [{ id: 1, kind: 'TABLE DATA', tag: 'a', rows: ['1'], terminator }];
			await expect(inspect(writeArchive({ minor: 14, entries }))).rejects.toThrow(IntegrityError);
		},
	);

	it('gives no summary of an archive that was cut', async () => {
		const entries = [{ id: 1, kind: 'TABLE DATA', tag: 'a', rows: ['1', '2'] }];
		const bytes = writeArchive({ minor: 16, entries });
		await expect(inspect(bytes.subarray(0, -1))).rejects.toThrow('public.a');
		const inspector = new ArchiveInspector();
		inspector.write(bytes.subarray(0, -1));
		expect(() => inspector.summary).toThrow('not been read');
	});
});
