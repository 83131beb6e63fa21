import { invalidRequest } from './s3-error';
import { type BucketStorage, compareKeys, type OpenUpload, type Version } from './storage';
import { toXml, type XmlNode } from './xml';

/** What a listing needs to know of the server. */
export interface ListingContext {
	readonly bucket: string;
	readonly storage: BucketStorage;
	readonly query: URLSearchParams;
	/** Most entries that an answer holds, whatever the client asks for. */
	readonly pageSize: number;
}

/** ListObjectsV2. The token is the last key or common prefix of the page before. */
export function listObjects({ bucket, storage, query, pageSize }: ListingContext): string {
	if (query.get('list-type') !== '2') throw invalidRequest('Only ListObjectsV2 is supported.');
	const prefix = query.get('prefix') ?? '';
	const delimiter = query.get('delimiter') ?? '';
	const token = query.get('continuation-token');
	const after = token === null ? query.get('start-after') : readToken(token);
	const encode = query.get('encoding-type') === 'url' ? encodeKey : (key: string) => key;
	const most = limit(query.get('max-keys'), pageSize);

	const entries = groupByDelimiter(storage.keysInOrder(), prefix, delimiter).filter(
		(entry) => after === null || compareKeys(entry.name, after) > 0,
	);
	const page = entries.slice(0, most);
	const truncated = entries.length > page.length;
	return toXml('ListBucketResult', {
		Name: bucket,
		Prefix: encode(prefix),
		KeyCount: page.length,
		MaxKeys: most,
		EncodingType: query.get('encoding-type') ?? undefined,
		IsTruncated: truncated,
		ContinuationToken: token ?? undefined,
		NextContinuationToken: truncated ? writeToken(page.at(-1)?.name ?? '') : undefined,
		Contents: page
			.filter((entry) => !entry.grouped)
			.map(({ name }) => contents(storage, name, encode)),
		CommonPrefixes: page
			.filter((entry) => entry.grouped)
			.map(({ name }) => ({ Prefix: encode(name) })),
	});
}

/** ListObjectVersions, in the order of keys, and of each the newest first. */
export function listVersions({ bucket, storage, query, pageSize }: ListingContext): string {
	const prefix = query.get('prefix') ?? '';
	const keyMarker = query.get('key-marker') ?? '';
	const idMarker = query.get('version-id-marker');
	const encode = query.get('encoding-type') === 'url' ? encodeKey : (key: string) => key;
	const most = limit(query.get('max-keys'), pageSize);
	const all = storage.versionsInOrder().filter(({ key }) => key.startsWith(prefix));
	const latest = new Set(all.filter(({ key }, index) => key !== all[index - 1]?.key));
	const marked = all.findIndex((one) => one.key === keyMarker && one.versionId === idMarker);
	const rest =
		marked >= 0 ? all.slice(marked + 1) : all.filter(({ key }) => compareKeys(key, keyMarker) > 0);
	const page = rest.slice(0, most);
	const last = rest.length > page.length ? page.at(-1) : undefined;
	const facts = (version: Version) => ({
		Key: encode(version.key),
		VersionId: version.versionId,
		IsLatest: latest.has(version),
		LastModified: version.modifiedAt.toISOString(),
	});
	return toXml('ListVersionsResult', {
		Name: bucket,
		Prefix: encode(prefix),
		MaxKeys: most,
		EncodingType: query.get('encoding-type') ?? undefined,
		IsTruncated: last !== undefined,
		NextKeyMarker: last && encode(last.key),
		NextVersionIdMarker: last?.versionId,
		Version: page.flatMap((one) =>
			'isMarker' in one ? [] : [{ ...facts(one), ETag: `"${one.etag}"`, Size: one.bytes }],
		),
		DeleteMarker: page.flatMap((one) => ('isMarker' in one ? [facts(one)] : [])),
	});
}

/** ListMultipartUploads, in the order of keys and then of their start. */
export function listUploads({ bucket, storage, query, pageSize }: ListingContext): string {
	const prefix = query.get('prefix') ?? '';
	const keyMarker = query.get('key-marker') ?? '';
	const idMarker = query.get('upload-id-marker') ?? '';
	const most = limit(query.get('max-uploads'), pageSize);
	const order = (upload: OpenUpload) => `${upload.key}\0${upload.id}`;
	const marker = idMarker === '' ? `${keyMarker}\0\uffff` : `${keyMarker}\0${idMarker}`;
	const open = [...storage.uploads.values()]
		.filter((upload) => upload.key.startsWith(prefix))
		.filter((upload) => keyMarker === '' || compareKeys(order(upload), marker) > 0)
		.sort((a, b) => compareKeys(order(a), order(b)));
	const page = open.slice(0, most);
	const truncated = open.length > page.length;
	return toXml('ListMultipartUploadsResult', {
		Bucket: bucket,
		MaxUploads: most,
		IsTruncated: truncated,
		NextKeyMarker: truncated ? page.at(-1)?.key : undefined,
		NextUploadIdMarker: truncated ? page.at(-1)?.id : undefined,
		Upload: page.map(({ key, id, initiatedAt }) => ({
			Key: key,
			UploadId: id,
			Initiated: initiatedAt.toISOString(),
			StorageClass: 'STANDARD',
		})),
	});
}

/** ListParts of one upload. */
export function listParts(context: ListingContext, upload: OpenUpload): string {
	const { query, pageSize, bucket } = context;
	const marker = Number(query.get('part-number-marker') ?? 0);
	const most = limit(query.get('max-parts'), pageSize);
	const left = [...upload.parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
	const page = left.slice(0, most);
	const truncated = left.length > page.length;
	return toXml('ListPartsResult', {
		Bucket: bucket,
		Key: upload.key,
		UploadId: upload.id,
		MaxParts: most,
		IsTruncated: truncated,
		NextPartNumberMarker: truncated ? page.at(-1)?.[0] : undefined,
		Part: page.map(([number, file]) => ({
			PartNumber: number,
			LastModified: file.storedAt.toISOString(),
			ETag: `"${file.md5}"`,
			Size: file.bytes,
		})),
	});
}

function contents(storage: BucketStorage, key: string, encode: (key: string) => string): XmlNode {
	const object = storage.objects.get(key);
	if (!object) throw new Error('A listed key has gone.');
	return {
		Key: encode(key),
		LastModified: object.modifiedAt.toISOString(),
		ETag: `"${object.etag}"`,
		Size: object.bytes,
		StorageClass: 'STANDARD',
	};
}

function groupByDelimiter(keys: readonly string[], prefix: string, delimiter: string) {
	if (delimiter === '') {
		const found = keys.filter((key) => key.startsWith(prefix));
		return found.map((name) => ({ name, grouped: false }));
	}
	const entries = new Map<string, { name: string; grouped: boolean }>();
	for (const key of keys) {
		if (!key.startsWith(prefix)) continue;
		const end = key.indexOf(delimiter, prefix.length);
		const grouped = end >= 0;
		const name = grouped ? key.slice(0, end + delimiter.length) : key;
		entries.set(name, { name, grouped });
	}
	return [...entries.values()];
}

function limit(asked: string | null, pageSize: number): number {
	const wanted = asked === null ? pageSize : Number(asked);
	if (!Number.isInteger(wanted) || wanted < 0)
		throw invalidRequest('The page size is not a number.');
	return Math.min(wanted, pageSize);
}

function encodeKey(key: string): string {
	return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}

const writeToken = (key: string) => Buffer.from(key).toString('base64url');
const readToken = (token: string) => Buffer.from(token, 'base64url').toString();
