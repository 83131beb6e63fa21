import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type S3Server, startS3Server } from '../../support/s3-server';
import { storeOn } from './setup';

const MIB = 1024 * 1024;
const PART = 8 * MIB;

describe('objects in an S3 bucket', () => {
	let server: S3Server;
	beforeAll(async () => {
		server = await startS3Server();
	});
	afterAll(async () => await server.stop());

	it.each([0, 1, PART - 1, PART, PART + 1, 3 * PART + 12_345])(
		'come back byte by byte when they have %d bytes',
		async (bytes) => {
			const store = storeOn(server);
			const sent = randomBytes(bytes);
			const key = `postgres/shop/${bytes}.dump`;
			const writer = await store.createWriter(key, {});
			// Pieces of an odd size, so that parts never end where a chunk does.
			await pipeline(Readable.from(piecesOf(sent, 100_003)), writer.stream);

			expect(server.objects().map((object) => object.key)).not.toContain(`dr/main/${key}`);
			expect(await writer.commit()).toEqual({ bytes });

			const received = await buffer(await store.read(key));
			expect(received.length).toBe(bytes);
			expect(digest(received)).toBe(digest(sent));
			expect(server.openUploads()).toEqual([]);
		},
	);

	it('are listed below a prefix in key order, however many pages it takes', async () => {
		const store = storeOn(server, {}, { prefix: 'many' });
		const keys = Array.from({ length: 1_120 }, (_, n) => `redis/cache/${n}/manifest.json`);
		await inBatches(keys, 40, async (key) => await store.putIfAbsent(key, Buffer.from(key)));

		const listed = await collect(store.list('redis/'));

		expect(listed.map(({ key }) => key)).toEqual(keys.toSorted());
		expect(listed[0]).toMatchObject({
			bytes: 'redis/cache/0/manifest.json'.length,
			modifiedAt: expect.any(Date),
		});
		expect(await collect(store.list('postgres/'))).toEqual([]);
	});
});

function* piecesOf(content: Buffer, bytes: number): Generator<Buffer> {
	for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
	const collected: T[] = [];
	for await (const item of items) collected.push(item);
	return collected;
}

function digest(content: Buffer): string {
	return createHash('sha256').update(content).digest('hex');
}

async function inBatches<T>(items: T[], size: number, run: (item: T) => Promise<void>) {
	for (let at = 0; at < items.length; at += size) {
		await Promise.all(items.slice(at, at + size).map(run));
	}
}
