import { ListObjectsV2Command, type ListObjectsV2Output } from '@aws-sdk/client-s3';
import { StoreError } from '../../../errors';
import type { StoredObject } from '../../store';
import type { S3Bucket } from './bucket';
import { ACTIONS } from './actions';

/** Every object below a prefix, in the order of the server (by key), one page in memory. */
export async function* listObjects(
	bucket: S3Bucket,
	prefix: string,
	signal?: AbortSignal,
): AsyncGenerator<StoredObject> {
	const seen = new Set<string>();
	let token: string | undefined;
	do {
		const page = await listPage(bucket, prefix, token, signal);
		yield* objectsOf(page, bucket.prefix);
		token = page.IsTruncated ? page.NextContinuationToken : undefined;
		// A listing that does not get on would go round for ever, or end early without a word.
		if (page.IsTruncated && (token === undefined || seen.has(token))) {
			throw new StoreError(`The listing of ${bucket.label} breaks off half way.`, {
				hint: 'The S3 server does not page its listings correctly. Update it, or use another one.',
			});
		}
		if (token !== undefined) seen.add(token);
	} while (token !== undefined);
}

/** One page of at most 1,000 keys; fewer with `maxKeys`. */
export async function listPage(
	bucket: S3Bucket,
	prefix: string,
	token: string | undefined,
	signal?: AbortSignal,
	maxKeys?: number,
): Promise<ListObjectsV2Output> {
	const subject = prefix || 'the backups';
	const page = await bucket.attempt(ACTIONS.list, subject, signal, (options) =>
		bucket.client.send(
			new ListObjectsV2Command({
				Bucket: bucket.name,
				Prefix: bucket.prefix + prefix,
				ContinuationToken: token,
				MaxKeys: maxKeys,
				// Keys of strangers may hold characters that XML cannot.
				EncodingType: 'url',
			}),
			options,
		),
	);
	// A web page (the console on the next port, a proxy) reads as a listing of nothing: no backups.
	if (page.Name === undefined) throw bucket.explain(undefined, ACTIONS.list, subject);
	return page;
}

function* objectsOf(page: ListObjectsV2Output, prefix: string): Generator<StoredObject> {
	const encoded = page.EncodingType === 'url';
	for (const { Key = '', Size = 0, LastModified = new Date(0) } of page.Contents ?? []) {
		const full = encoded ? decodeKey(Key) : Key;
		// Web consoles create such keys to show empty folders.
		if (full.endsWith('/')) continue;
		yield { key: full.slice(prefix.length), bytes: Size, modifiedAt: LastModified };
	}
}

/** A key as it was, from a listing that was asked for with `EncodingType: 'url'`. */
export function decodeKey(key: string): string {
	return decodeURIComponent(key.replaceAll('+', ' '));
}
