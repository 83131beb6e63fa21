import './setup';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
	type CompletedPart,
	CompleteMultipartUploadCommand,
	CreateMultipartUploadCommand,
	DeleteObjectsCommand,
	GetObjectCommand,
	ListMultipartUploadsCommand,
	ListObjectsV2Command,
	ListPartsCommand,
	PutObjectCommand,
	S3Client,
	type S3ClientConfig,
	UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type S3Server, startS3Server } from '../../support/s3-server';

const MIB = 1024 * 1024;

/** What the other tests rely on: the server refuses what AWS refuses, by the SDK's own client. */
describe('the S3 server of the tests', () => {
	let server: S3Server;
	let client: S3Client;
	const clientWith = (config: S3ClientConfig = {}) => {
		const { endpoint, region, accessKeyId, secretAccessKey } = server;
		const credentials = { accessKeyId, secretAccessKey };
		return new S3Client({
			endpoint,
			region,
			credentials,
			forcePathStyle: true,
			maxAttempts: 1,
			...config,
		});
	};
	const at = (key: string) => ({ Bucket: server.bucket, Key: key });

	beforeAll(async () => {
		server = await startS3Server({ pageSize: 3 });
		client = clientWith();
	});
	afterAll(async () => {
		client.destroy();
		await server.stop();
	});

	it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
		'takes streams with a %s trailer, and refuses a wrong one',
		async (algorithm) => {
			const content = randomBytes(200_000);
			const length = { ContentLength: content.length, ChecksumAlgorithm: algorithm };
			const key = `trailer-${algorithm}`;
			await client.send(
				new PutObjectCommand({ ...at(key), Body: Readable.from([content]), ...length }),
			);
			expect((await server.content(key)).equals(content)).toBe(true);

			const wrong = { [`Checksum${algorithm}`]: Buffer.alloc(4, 1).toString('base64') };
			const put = client.send(new PutObjectCommand({ ...at('wrong'), Body: content, ...wrong }));
			await expect(put).rejects.toMatchObject({ name: 'BadDigest' });
			expect(server.objects().map(({ key: stored }) => stored)).not.toContain('wrong');
		},
	);

	it('refuses a body with another MD5', async () => {
		const put = client.send(
			new PutObjectCommand({ ...at('md5'), Body: 'x', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }),
		);
		await expect(put).rejects.toMatchObject({ name: 'BadDigest' });
	});

	it('refuses a request without a signature', async () => {
		const answer = await fetch(`${server.endpoint}/${server.bucket}/any`);
		expect(answer.status).toBe(403);
		expect(await answer.text()).toContain('<Code>AccessDenied</Code>');
	});

	it('refuses a body that is not the signed one', async () => {
		const tampering = clientWith();
		tampering.middlewareStack.add(
			(next) => async (args) => {
				Object.assign(args.request as object, { body: Buffer.from('other') });
				return await next(args);
			},
			{ step: 'finalizeRequest', priority: 'low' },
		);
		tampering.config.requestChecksumCalculation = async () => 'WHEN_REQUIRED';
		const put = tampering.send(new PutObjectCommand({ ...at('tampered'), Body: 'right' }));
		await expect(put).rejects.toMatchObject({ name: 'XAmzContentSHA256Mismatch' });
		tampering.destroy();
	});

	it('refuses a clock that is off, once nobody corrects it', async () => {
		const skewed = clientWith({ systemClockOffset: 20 * 60_000 });
		await expect(skewed.send(new GetObjectCommand(at('x')))).rejects.toMatchObject({
			name: 'RequestTimeTooSkewed',
		});
		skewed.destroy();
	});

	it('refuses parts that are out of order, too small, unknown or without the promised checksum', async () => {
		const created = await client.send(
			new CreateMultipartUploadCommand({ ...at('mpu'), ChecksumAlgorithm: 'CRC32' }),
		);
		const upload = { ...at('mpu'), UploadId: created.UploadId };
		const parts: CompletedPart[] = [];
		for (const [number, body] of [
			randomBytes(5 * MIB),
			randomBytes(100),
			randomBytes(10),
		].entries()) {
			const part = { ...upload, PartNumber: number + 1, Body: body };
			const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand(part));
			parts.push({ PartNumber: number + 1, ETag, ChecksumCRC32 });
		}
		const pick = (...numbers: number[]) => numbers.flatMap((number) => parts[number - 1] ?? []);
		const complete = async (Parts: CompletedPart[]) =>
			await client.send(
				new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
			);
		await expect(complete(pick(1, 1))).rejects.toMatchObject({ name: 'InvalidPartOrder' });
		await expect(complete(pick(1, 2, 3))).rejects.toMatchObject({
			name: 'EntityTooSmall',
		});
		await expect(complete([{ PartNumber: 1, ETag: 'x' }])).rejects.toMatchObject({
			name: 'InvalidPart',
		});
		const bare = pick(1).map((part) => ({ ...part, ChecksumCRC32: undefined }));
		await expect(complete(bare)).rejects.toMatchObject({ name: 'InvalidPart' });

		const listed = await client.send(new ListPartsCommand(upload));
		expect(listed.Parts?.map(({ Size }) => Size)).toEqual([5 * MIB, 100, 10]);
		await complete(pick(1, 3));
		expect(server.objects()).toContainEqual(
			expect.objectContaining({
				key: 'mpu',
				bytes: 5 * MIB + 10,
				etag: expect.stringMatching(/-2$/),
			}),
		);
	});

	it('pages objects, common prefixes and uploads', async () => {
		const keys = ['page/a/1', 'page/a/2', 'page/b', 'page/c', 'page/d+e f', 'page/é'];
		for (const key of keys) await client.send(new PutObjectCommand({ ...at(key), Body: key }));
		const list = { Bucket: server.bucket, Prefix: 'page/', Delimiter: '/' };
		const one = await client.send(new ListObjectsV2Command(list));
		expect(one.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['page/a/']);
		expect(one.Contents?.map(({ Key }) => Key)).toEqual(['page/b', 'page/c']);
		const { NextContinuationToken: ContinuationToken } = one;
		const two = await client.send(new ListObjectsV2Command({ ...list, ContinuationToken }));
		expect(two.Contents?.map(({ Key }) => Key)).toEqual(['page/d+e f', 'page/é']);
		expect(two.IsTruncated).toBe(false);

		for (const key of ['u1', 'u2', 'u3', 'u4']) {
			await client.send(new CreateMultipartUploadCommand(at(key)));
		}
		const first = await client.send(new ListMultipartUploadsCommand({ Bucket: server.bucket }));
		const second = await client.send(
			new ListMultipartUploadsCommand({
				Bucket: server.bucket,
				KeyMarker: first.NextKeyMarker,
				UploadIdMarker: first.NextUploadIdMarker,
			}),
		);
		const uploads = [...(first.Uploads ?? []), ...(second.Uploads ?? [])];
		expect(uploads.map(({ Key }) => Key)).toEqual(['u1', 'u2', 'u3', 'u4']);
	});

	it('answers ranges, and deletes many keys at once', async () => {
		await client.send(new PutObjectCommand({ ...at('range'), Body: '0123456789' }));
		const range = async (Range: string) => {
			const got = await client.send(new GetObjectCommand({ ...at('range'), Range }));
			return `${got.ContentRange} ${await got.Body?.transformToString()}`;
		};
		expect(await range('bytes=2-4')).toBe('bytes 2-4/10 234');
		expect(await range('bytes=8-')).toBe('bytes 8-9/10 89');
		expect(await range('bytes=-3')).toBe('bytes 7-9/10 789');
		await expect(range('bytes=10-')).rejects.toMatchObject({ name: 'InvalidRange' });

		const Objects = [{ Key: 'range' }, { Key: 'page/b' }];
		await client.send(new DeleteObjectsCommand({ Bucket: server.bucket, Delete: { Objects } }));
		expect(server.objects().map(({ key }) => key)).not.toContain('range');
	});
});
