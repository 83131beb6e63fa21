import {
	GetBucketVersioningCommand,
	ListObjectVersionsCommand,
	type ListObjectVersionsOutput,
} from '@aws-sdk/client-s3';
import { CancelledError } from '../../../errors';
import { ACTIONS } from './actions';
import type { S3Bucket } from './bucket';
import { decodeKey } from './listing';

/** Whether the bucket has ever kept versions; `undefined` where it does not tell. */
export async function keepsVersions(
	bucket: S3Bucket,
	signal?: AbortSignal,
): Promise<boolean | undefined> {
	try {
		const found = await bucket.attempt(
			ACTIONS.lookAtVersioning,
			'the settings',
			signal,
			(options) =>
				bucket.client.send(new GetBucketVersioningCommand({ Bucket: bucket.name }), options),
		);
		return found.Status !== undefined;
	} catch (error) {
		if (error instanceof CancelledError) throw error;
		return undefined;
	}
}

/**
 * The IDs of all versions and delete markers of these keys, in one pass over the part of the bucket
 * that they lie in. Rejects where the access key may not list versions.
 */
export async function versionsOf(
	bucket: S3Bucket,
	keys: readonly string[],
	signal?: AbortSignal,
): Promise<Map<string, string[]>> {
	const found = new Map<string, string[]>(keys.map((key) => [key, []]));
	const sorted = keys.toSorted();
	const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
	// A marker is not listed itself, and the first key has to be.
	let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {
		KeyMarker: bucket.prefix + first.slice(0, -1),
	};
	while (marker !== undefined) {
		const input = {
			...{ Bucket: bucket.name, Prefix: bucket.prefix + commonPart(first, last) },
			...{ EncodingType: 'url' as const, ...marker },
		};
		const page: ListObjectVersionsOutput = await bucket.attempt(
			ACTIONS.listVersions,
			'backups',
			signal,
			(options) => bucket.client.send(new ListObjectVersionsCommand(input), options),
		);
		const decode = (key: string) => (page.EncodingType === 'url' ? decodeKey(key) : key);
		for (const { Key = '', VersionId } of [
			...(page.Versions ?? []),
			...(page.DeleteMarkers ?? []),
		]) {
			if (VersionId === undefined) continue;
			found.get(decode(Key).slice(bucket.prefix.length))?.push(VersionId);
		}
		const { NextKeyMarker, NextVersionIdMarker, IsTruncated = false } = page;
		const next = NextKeyMarker === undefined ? '' : decode(NextKeyMarker);
		const isNew: boolean =
			next !== marker.KeyMarker || NextVersionIdMarker !== marker.VersionIdMarker;
		const goesOn: boolean = IsTruncated && isNew && next !== '' && next <= bucket.prefix + last;
		marker = goesOn ? { KeyMarker: next, VersionIdMarker: NextVersionIdMarker } : undefined;
	}
	return found;
}

function commonPart(first: string, last: string): string {
	let length = 0;
	while (length < first.length && first[length] === last[length]) length++;
	return first.slice(0, length);
}
