import { randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { freeMemory } from '../../../core/free-memory';
import { Crc64 } from '../../../core/redis/rdb/crc64';
import { openChecked } from '../../../core/redis/restore/snapshot-file';
import { NeverExpires } from '../../../core/redis/scratch/never-expires';
import { Spool } from '../../../core/redis/spool';
import { cutAt, overwrite } from '../../support/overwriting';
import { Damaged } from './inspecting';
import { everything } from './rdb-writer';

const places = fc.array(fc.nat(), { maxLength: 50 });

/** Ends with its own checksum, as files do. */
function checked(content: Buffer): Buffer {
	return Buffer.concat([content, new Crc64().update(content).toBuffer()]);
}

async function inSpool(use: (spool: Spool) => Promise<void>): Promise<void> {
	const spool = await Spool.open();
	try {
		await use(spool);
	} finally {
		await spool.close();
	}
}

/** Everything that comes, which is overwritten as soon as it is copied. */
async function collected(stream: Readable): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const chunk of stream as AsyncIterable<Buffer>) {
		parts.push(Buffer.from(chunk));
		overwrite(chunk);
	}
	return Buffer.concat(parts);
}

describe('a file on the disk of this machine', () => {
	it('has what was written, whatever becomes of the chunks once they are released', async () => {
		const content = randomBytes(300_000);
		await fc.assert(
			fc.asyncProperty(places, async (cuts) => {
				const pieces = cutAt(content, cuts);
				const released: Buffer[] = [];
				await inSpool(async (spool) => {
					const writer = spool.writer((chunk) => {
						released.push(chunk);
						overwrite(chunk);
					});
					await pipeline(Readable.from(pieces), writer);
					expect(released).toEqual(pieces);
					expect(Buffer.concat(await spool.reader().toArray()).equals(content)).toBe(true);
				});
			}),
			{ numRuns: 50 },
		);
	});

	it('is read a second time whole, though each chunk is used again at once', async () => {
		const content = checked(randomBytes(1_000_000));
		await inSpool(async (spool) => {
			await pipeline(Readable.from([Buffer.from(content)]), spool.writer(freeMemory));
			for (let round = 0; round < 2; round++) {
				expect((await collected(openChecked(spool, true))).equals(content)).toBe(true);
			}
		});
	});

	it('keeps its last nine bytes back until all of it is as it was', async () => {
		const content = checked(randomBytes(5000));
		content[100] = (content[100] as number) ^ 1;
		await fc.assert(
			fc.asyncProperty(places, async (cuts) => {
				const file = {
					bytes: content.length,
					reader: () => Readable.from(cutAt(content, cuts)),
					fill: async () => await Promise.reject(new Error('is not asked for')),
				};
				let bytes = 0;
				const count = new Writable({
					write: (chunk: Buffer, _encoding, done) => {
						bytes += chunk.length;
						overwrite(chunk);
						done();
					},
				});
				await expect(pipeline(openChecked(file, true), count)).rejects.toThrow('has changed');
				expect(bytes).toBeLessThanOrEqual(content.length - 9);
			}),
		);
	});
});

it('a file whose keys expire later is made in the same way wherever it is cut', async () => {
	const file = everything();
	const later = async (cuts: readonly number[]) => {
		const stream = new NeverExpires((what) => new Damaged(what));
		const parts: Buffer[] = [];
		const kept = new Writable({
			// Not copied: what has left must stay as it is.
			write: (chunk: Buffer, _encoding, done) => {
				parts.push(chunk);
				done();
			},
		});
		await pipeline(Readable.from(cutAt(file, cuts)), stream, kept);
		return Buffer.concat(parts);
	};
	const whole = await later([]);
	expect(whole).toHaveLength(file.length);
	expect(whole.equals(file)).toBe(false);
	await fc.assert(
		fc.asyncProperty(places, async (cuts) => {
			expect((await later(cuts)).equals(whole)).toBe(true);
		}),
	);
});

describe('memory that is freed', () => {
	it('is that of the chunk alone', () => {
		const own = Buffer.allocUnsafeSlow(100);
		freeMemory(own);
		expect(own).toHaveLength(0);
	});

	it('is never memory that others have a part of', () => {
		const shared = Buffer.alloc(100, 1);
		freeMemory(shared.subarray(0, 99));
		freeMemory(Buffer.from('from the pool'));
		expect(shared).toHaveLength(100);
		expect(Buffer.from('from the pool').toString()).toBe('from the pool');
	});
});
