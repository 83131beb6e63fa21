import {
	ListMultipartUploadsCommand,
	type ListMultipartUploadsOutput,
	ListPartsCommand,
	type ListPartsOutput,
} from '@aws-sdk/client-s3';
import { NotFoundError } from '../../../errors';
import type { AbandonedWrite } from '../../store';
import { ACTIONS } from './actions';
import type { S3Bucket } from './bucket';
import { removeUpload } from './multipart-upload';

/** Multipart uploads of keys for which `isOurs` holds, that have got no part since an instant. */
export async function* abandonedUploads(
	bucket: S3Bucket,
	isOurs: (key: string) => boolean,
	since: Date,
	signal?: AbortSignal,
): AsyncGenerator<AbandonedWrite, void> {
	let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
	while (marker !== undefined) {
		const input = { Bucket: bucket.name, Prefix: bucket.prefix, ...marker };
		const page: ListMultipartUploadsOutput = await bucket.attempt(
			ACTIONS.findUploads,
			'backups',
			signal,
			(options) => bucket.client.send(new ListMultipartUploadsCommand(input), options),
		);
		for (const { Key = '', UploadId, Initiated } of page.Uploads ?? []) {
			const key = Key.slice(bucket.prefix.length);
			if (UploadId === undefined || Initiated === undefined || Initiated >= since) continue;
			if (!Key.startsWith(bucket.prefix) || !isOurs(key)) continue;
			const lastWrittenAt = await newestPart(bucket, key, UploadId, Initiated, signal);
			// A large backup on a slow line may take longer than a day.
			if (lastWrittenAt === undefined || lastWrittenAt >= since) continue;
			const remove = async (signal?: AbortSignal) =>
				await removeUpload(bucket, key, UploadId, signal);
			yield { key, lastWrittenAt, remove };
		}
		const { NextKeyMarker, NextUploadIdMarker, IsTruncated = false } = page;
		const isNew: boolean =
			NextKeyMarker !== marker.KeyMarker || NextUploadIdMarker !== marker.UploadIdMarker;
		marker =
			IsTruncated && NextKeyMarker !== undefined && isNew
				? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker }
				: undefined;
	}
}

/** When the last part arrived, or the upload began; `undefined` where it has ended meanwhile. */
async function newestPart(
	bucket: S3Bucket,
	key: string,
	id: string,
	initiated: Date,
	signal: AbortSignal | undefined,
): Promise<Date | undefined> {
	let newest = initiated;
	let marker: string | undefined;
	try {
		do {
			const input = { ...bucket.at(key), UploadId: id, PartNumberMarker: marker };
			const page: ListPartsOutput = await bucket.attempt(
				ACTIONS.listParts,
				key,
				signal,
				(options) => bucket.client.send(new ListPartsCommand(input), options),
			);
			for (const { LastModified = newest } of page.Parts ?? []) {
				if (LastModified > newest) newest = LastModified;
			}
			const next = page.IsTruncated ? page.NextPartNumberMarker : undefined;
			marker = next === marker ? undefined : next;
		} while (marker !== undefined);
		return newest;
	} catch (error) {
		if (error instanceof NotFoundError) return undefined;
		throw error;
	}
}
