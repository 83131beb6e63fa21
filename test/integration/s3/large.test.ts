import { createHash, randomBytes } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Bucket } from '../../../core/repository/stores/s3/bucket';
import { DEFAULT_LIMITS } from '../../../core/repository/stores/s3/settings';
import { S3Writer } from '../../../core/repository/stores/s3/writer';
import { type S3Server, startS3Server } from '../../support/s3-server';
import { settingsFor, storeOn } from './setup';

const MIB = 1024 * 1024;

describe('large objects in an S3 bucket', () => {
	let server: S3Server;
	beforeAll(async () => {
		server = await startS3Server();
	});
	afterAll(async () => await server.stop());

	it('pass through with little memory, in both directions', async () => {
		const bytes = 400 * MIB;
		const sent = createHash('sha256');
		const received = createHash('sha256');
		const store = storeOn(server);
		const before = process.memoryUsage().rss;
		let peak = 0;
		const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
		try {
			const writer = await store.createWriter('large', { estimatedBytes: bytes });
			await pipeline(pieces(bytes, sent), writer.stream);
			expect(await writer.commit()).toEqual({ bytes });
			await pipeline(await store.read('large'), sinkInto(received));
		} finally {
			clearInterval(watch);
		}
		expect(received.digest('hex')).toBe(sent.digest('hex'));
		// The server runs in this process too.
		expect((peak - before) / MIB).toBeLessThan(250);
	});

	it('carry a checksum per part where the server takes them, as AWS does', async () => {
		const bucket = new S3Bucket(settingsFor(server), DEFAULT_LIMITS);
		const { endpoint, region, accessKeyId, secretAccessKey } = server;
		const credentials = { accessKeyId, secretAccessKey };
		const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
		Object.assign(bucket, { client, nativeChecksums: true });
		const writer = await S3Writer.open(bucket, 'checked', {});
		await pipeline(pieces(20 * MIB, createHash('sha256')), writer.stream);
		await writer.commit();

		const parts = server.requests.filter(
			({ key, query }) => key.endsWith('checked') && query.includes('partNumber'),
		);
		expect(parts).toHaveLength(3);
		for (const { headers } of parts) {
			expect(headers['x-amz-checksum-crc32']).toBeDefined();
			expect(headers).not.toHaveProperty('content-md5');
			expect(headers).not.toHaveProperty('x-amz-trailer');
		}
		client.destroy();
	});
});

/** Random bytes in pieces of 1 MiB, hashed as they go. */
function pieces(bytes: number, hash: ReturnType<typeof createHash>): Readable {
	return Readable.from(
		(function* () {
			for (let left = bytes; left > 0; left -= MIB) {
				const piece = randomBytes(Math.min(MIB, left));
				hash.update(piece);
				yield piece;
			}
		})(),
	);
}

function sinkInto(hash: ReturnType<typeof createHash>): Writable {
	return new Writable({
		write: (chunk: Buffer, _encoding, done) => {
			hash.update(chunk);
			done();
		},
	});
}
