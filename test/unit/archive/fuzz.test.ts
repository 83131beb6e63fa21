import fc from 'fast-check';
import { IntegrityError } from '../../../core/errors';
import { ArchiveParser } from '../../../core/postgres/archive/parser';
import { hostileArchive } from '../../support/archive-fuzz/hostile-archive';
import { readHostile } from '../../support/archive-fuzz/read-hostile';
import { writeArchive } from './archive-writer';

/** `npm run fuzz` goes on for longer, and from other seeds. */
it('hostile archives end in a typed error: no crash, no hang, no memory without bound', async () => {
	await fc.assert(fc.asyncProperty(hostileArchive, readHostile), {
		numRuns: 2_000,
		seed: 20261122,
	});
});

it.each([2 ** 26, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1])(
	'a length of %d does not take memory before the bytes are there',
	(length) => {
		const whole = writeArchive({
			minor: 16,
			entries: [{ id: 1, kind: 'TABLE DATA', tag: 'a', rows: ['1'] }],
		});
		const before = process.memoryUsage().arrayBuffers;
		const claim = Buffer.alloc(5);
		claim.writeUInt32LE(length, 1);
		for (const place of [whole.indexOf('shop') - 5, whole.length - 22]) {
			const bytes = Buffer.from(whole);
			claim.copy(bytes, place);
			const parser = new ArchiveParser();
			expect(() => {
				parser.push(bytes);
				parser.end();
			}).toThrow(IntegrityError);
		}
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 ** 2);
	},
);

it('data of what can have none is refused', () => {
	const entries = [{ id: 1, kind: 'VIEW', tag: 'a', rows: ['1'] }];
	expect(() => new ArchiveParser().push(writeArchive({ minor: 16, entries }))).toThrow('no sense');
});
