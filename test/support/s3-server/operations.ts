import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { listObjects, listParts, listUploads, listVersions, type ListingContext } from './listings';
import { type Protection, protectionHeaders, protectionOf } from './protection';
import type { RequestBody } from './request-body';
import { invalidRequest, noSuchKey, S3Error } from './s3-error';
import type { S3Object } from './storage';
import { elements, firstText, toXml } from './xml';

const MAX_PARTS = 10_000;
const MAX_DELETES = 1_000;

export interface Operation extends ListingContext {
	readonly method: string;
	readonly key: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	readonly region: string;
	readonly body: RequestBody;
}

export interface Answer {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string>>;
	/** Text is XML; a stream has its length in the headers. */
	readonly body?: string | Readable;
}

/** Does what a request about the bucket itself asks for. */
export async function bucketOperation(operation: Operation): Promise<Answer> {
	const { method, query, region, storage } = operation;
	if (method === 'HEAD') return { status: 200, headers: { 'x-amz-bucket-region': region } };
	if (method === 'POST' && query.has('delete')) return await deleteObjects(operation);
	if (method !== 'GET') throw notImplemented();
	if (query.has('location')) return { status: 200, body: toXml('LocationConstraint', {}) };
	if (query.has('uploads')) return { status: 200, body: listUploads(operation) };
	if (query.has('versions')) return { status: 200, body: listVersions(operation) };
	if (query.has('versioning')) return versioning(storage.isVersioned);
	if (query.has('object-lock')) return lockConfiguration(storage.hasObjectLock);
	return { status: 200, body: listObjects(operation) };
}

/** Does what a request about one key asks for. */
export async function objectOperation(operation: Operation): Promise<Answer> {
	const { method, query, storage, key } = operation;
	const uploadId = query.get('uploadId');
	switch (method) {
		case 'GET':
			if (uploadId === null) return getObject(operation);
			return { status: 200, body: listParts(operation, storage.upload(key, uploadId)) };
		case 'HEAD':
			return getObject(operation);
		case 'PUT':
			return uploadId === null ? await putObject(operation) : await putPart(operation);
		case 'POST':
			if (query.has('uploads')) return createUpload(operation);
			if (uploadId !== null) return await completeUpload(operation);
			throw notImplemented();
		case 'DELETE':
			await (uploadId === null
				? storage.delete(key, query.get('versionId'))
				: storage.abort(key, uploadId));
			return { status: 204 };
		default:
			throw notImplemented();
	}
}

function getObject({ method, key, storage, headers, query }: Operation): Answer {
	const object = storage.find(key, query.get('versionId'));
	if (!object) throw noSuchKey();
	const etag = `"${object.etag}"`;
	if (headers['if-match'] !== undefined && headers['if-match'] !== etag) {
		throw new S3Error(412, 'PreconditionFailed', 'The object is another one.');
	}
	const range = parseRange(headers.range, object);
	const { from, to } = range ?? { from: 0, to: object.bytes - 1 };
	const answer = {
		status: range ? 206 : 200,
		headers: {
			'content-type': 'application/octet-stream',
			'content-length': String(to - from + 1),
			'accept-ranges': 'bytes',
			'last-modified': object.modifiedAt.toUTCString(),
			etag,
			...versionHeader(object),
			...object.metadata,
			...protectionHeaders(object),
			...(range && { 'content-range': `bytes ${from}-${to}/${object.bytes}` }),
		},
	};
	if (method === 'HEAD') return answer;
	return { ...answer, body: Readable.from(storage.content(object, from, to)) };
}

function versionHeader({ versionId }: S3Object): Record<string, string> {
	return versionId === 'null' ? {} : { 'x-amz-version-id': versionId };
}

function parseRange(header: string | string[] | undefined, { bytes }: S3Object) {
	if (header === undefined) return undefined;
	const match = /^bytes=(\d*)-(\d*)$/.exec(String(header));
	if (!match || match[0] === 'bytes=-') return undefined;
	const [, first = '', last = ''] = match;
	const from = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
	const to = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
	if (from > to) {
		throw new S3Error(416, 'InvalidRange', 'The range lies outside.', {
			ActualObjectSize: String(bytes),
		});
	}
	return { from, to };
}

async function putObject(operation: Operation): Promise<Answer> {
	const { key, storage, body } = operation;
	const protection = protectionFor(operation);
	if (protection.retention && !hasChecksum(operation)) {
		throw invalidRequest('Content-MD5 is required for Put Object with Object Lock.');
	}
	const file = await storage.receive(body);
	const stored = await storage.put(
		{ key, files: [file], metadata: metadataOf(operation), ...protection, etag: file.md5 },
		ifAbsent(operation),
	);
	return {
		status: 200,
		headers: {
			etag: `"${stored.etag}"`,
			...versionHeader(stored),
			...protectionHeaders({ encryption: protection.encryption }),
			...Object.fromEntries(file.checksums),
		},
	};
}

async function putPart({ key, query, storage, body }: Operation): Promise<Answer> {
	const number = Number(query.get('partNumber'));
	if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
		throw new S3Error(400, 'InvalidArgument', 'Part numbers go from 1 to 10000.');
	}
	storage.upload(key, query.get('uploadId'));
	const file = await storage.receive(body);
	await storage.putPart(key, query.get('uploadId'), number, file);
	return { status: 200, headers: { etag: `"${file.md5}"`, ...Object.fromEntries(file.checksums) } };
}

function createUpload(operation: Operation): Answer {
	const { bucket, key, storage, headers } = operation;
	const algorithm = headers['x-amz-checksum-algorithm'];
	const checksum = algorithm && `x-amz-checksum-${String(algorithm).toLowerCase()}`;
	const protection = protectionFor(operation);
	const { id } = storage.createUpload(key, metadataOf(operation), checksum, protection);
	const content = { Bucket: bucket, Key: key, UploadId: id };
	return { status: 200, body: toXml('InitiateMultipartUploadResult', content) };
}

async function completeUpload(operation: Operation): Promise<Answer> {
	const { bucket, key, query, storage, body } = operation;
	const xml = await text(body.bytes);
	const parts = elements(xml, 'Part').map((part) => ({
		number: Number(firstText(part, 'PartNumber')),
		etag: (firstText(part, 'ETag') ?? '').replaceAll('"', ''),
		checksum: /<Checksum\w+>([^<]+)</.exec(part)?.[1],
	}));
	const id = query.get('uploadId');
	const { etag } = await storage.complete(key, id, parts, ifAbsent(operation));
	const content = { Bucket: bucket, Key: key, ETag: `"${etag}"` };
	return { status: 200, body: toXml('CompleteMultipartUploadResult', content) };
}

async function deleteObjects(operation: Operation): Promise<Answer> {
	const { storage, body } = operation;
	if (!hasChecksum(operation))
		throw invalidRequest('DeleteObjects needs a Content-MD5 or a checksum.');
	const xml = await text(body.bytes);
	const entries = elements(xml, 'Object').map((object) => ({
		Key: firstText(object, 'Key') ?? '',
		VersionId: firstText(object, 'VersionId'),
	}));
	if (entries.length === 0 || entries.length > MAX_DELETES) {
		throw new S3Error(400, 'MalformedXML', 'There must be 1 to 1000 keys.');
	}
	const isQuiet = firstText(xml, 'Quiet') === 'true';
	const results = await Promise.all(
		entries.map(async (entry) => {
			try {
				await storage.delete(entry.Key, entry.VersionId);
				return isQuiet ? {} : { Deleted: { ...entry } };
			} catch (error) {
				if (!(error instanceof S3Error)) throw error;
				return { Error: { ...entry, Code: error.code, Message: error.message } };
			}
		}),
	);
	const content = {
		Deleted: results.flatMap(({ Deleted }) => Deleted ?? []),
		Error: results.flatMap(({ Error }) => Error ?? []),
	};
	return { status: 200, body: toXml('DeleteResult', content) };
}

function versioning(isEnabled: boolean): Answer {
	const content = isEnabled ? { Status: 'Enabled' } : {};
	return { status: 200, body: toXml('VersioningConfiguration', content) };
}

function lockConfiguration(isEnabled: boolean): Answer {
	if (isEnabled) {
		const content = { ObjectLockEnabled: 'Enabled' };
		return { status: 200, body: toXml('ObjectLockConfiguration', content) };
	}
	const code = 'ObjectLockConfigurationNotFoundError';
	throw new S3Error(404, code, 'Object Lock configuration does not exist for this bucket');
}

function protectionFor({ headers, storage }: Operation): Protection {
	return protectionOf(headers, storage.hasObjectLock, storage.now());
}

function hasChecksum({ headers }: Operation): boolean {
	return Object.keys(headers).some(
		(name) => name === 'content-md5' || name.startsWith('x-amz-checksum-'),
	);
}

function ifAbsent({ headers }: Operation): boolean {
	const condition = headers['if-none-match'];
	if (condition !== undefined && condition !== '*') throw notImplemented();
	return condition === '*';
}

function metadataOf({ headers }: Operation): Record<string, string> {
	const entries = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
	return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

function notImplemented(): S3Error {
	return new S3Error(501, 'NotImplemented', 'This server does not know this operation.');
}
