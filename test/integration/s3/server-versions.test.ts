import {
	DeleteObjectCommand,
	DeleteObjectsCommand,
	GetBucketVersioningCommand,
	HeadObjectCommand,
	ListObjectVersionsCommand,
	PutObjectCommand,
	S3Client,
} from '@aws-sdk/client-s3';
import { type S3Server, startS3Server } from '../../support/s3-server';

let server: S3Server;
let client: S3Client;

async function start(options: Parameters<typeof startS3Server>[0]): Promise<void> {
	server = await startS3Server(options);
	const { endpoint, region, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
}

afterEach(async () => {
	client.destroy();
	await server.stop();
});

const at = (Key: string) => ({ Bucket: server.bucket, Key });
const put = async (key: string, Body: string) =>
	await client.send(new PutObjectCommand({ ...at(key), Body }));

it('keeps every version, marks what was deleted, and pages through all of it', async () => {
	await start({ versioning: true, pageSize: 2 });
	for (const text of ['one', 'two']) await put('a', text);
	await put('b', 'three');
	await client.send(new DeleteObjectCommand(at('a')));
	expect(server.objects().map(({ key }) => key)).toEqual(['b']);
	const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket: server.bucket }));
	expect(Status).toBe('Enabled');

	const first = await client.send(new ListObjectVersionsCommand({ Bucket: server.bucket }));
	expect(first).toMatchObject({
		...{ IsTruncated: true, NextKeyMarker: 'a' },
		DeleteMarkers: [{ Key: 'a', IsLatest: true }],
		Versions: [{ Key: 'a', IsLatest: false, Size: 3 }],
	});
	const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = first;
	const marker = { KeyMarker, VersionIdMarker };
	const rest = await client.send(
		new ListObjectVersionsCommand({ Bucket: server.bucket, ...marker }),
	);
	expect(rest.Versions).toMatchObject([{ Key: 'a' }, { Key: 'b', IsLatest: true }]);
	expect(rest.IsTruncated).toBe(false);

	const [deleted] = first.DeleteMarkers ?? [];
	await client.send(new DeleteObjectCommand({ ...at('a'), VersionId: deleted?.VersionId }));
	expect(server.objects().map(({ key }) => key)).toEqual(['b', 'a']);
	expect((await server.content('a')).toString()).toBe('two');
});

it('lets nobody delete a locked version, also not among others', async () => {
	await start({ objectLock: true });
	const { VersionId: held } = await client.send(new PutObjectCommand({ ...at('held'), Body: 'x' }));
	await put('free', 'x');
	const until = new Date(Date.now() + 60_000);
	server.protect('held', { legalHold: true, retention: { mode: 'COMPLIANCE', until } });
	const [{ versionId } = { versionId: '' }] = server.versions().filter(({ key }) => key === 'held');
	expect(held).toBe(versionId);

	const Objects = server.versions().map((one) => ({ Key: one.key, VersionId: one.versionId }));
	const answer = await client.send(
		new DeleteObjectsCommand({ Bucket: server.bucket, Delete: { Objects, Quiet: true } }),
	);
	expect(answer.Errors).toMatchObject([
		{ Key: 'held', VersionId: versionId, Code: 'AccessDenied' },
	]);
	expect(answer.Deleted ?? []).toEqual([]);
	const head = await client.send(new HeadObjectCommand({ ...at('held'), VersionId: versionId }));
	expect(head).toMatchObject({ ObjectLockLegalHoldStatus: 'ON', ObjectLockRetainUntilDate: until });

	server.protect('held', { legalHold: false, retention: undefined });
	await client.send(new DeleteObjectCommand({ ...at('held'), VersionId: versionId }));
	expect(server.versions()).toEqual([]);
});
