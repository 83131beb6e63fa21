import {
	AbortMultipartUploadCommand,
	type CompletedPart,
	CompleteMultipartUploadCommand,
	CreateMultipartUploadCommand,
	ListMultipartUploadsCommand,
	UploadPartCommand,
} from '@aws-sdk/client-s3';
import { NotFoundError, StoreError } from '../../../errors';
import { type S3Bucket, WRITE_MARK } from './bucket';
import { onlyIfAbsent } from './conditional';
import { ACTIONS } from './actions';
import { withGrace } from './grace';
import { encryptionInput, lockInput } from './protection';

/**
 * One multipart upload on the server.
 *
 * Our own loop in place of lib-storage's `Upload`, for three reasons: parts can grow while the upload
 * runs; completing waits for the caller's word; and an upload whose creation is in doubt is found
 * and removed (its ID is lost with the answer, and its parts would be paid for, unseen, for ever).
 */
export class MultipartUpload {
	private readonly parts: CompletedPart[] = [];

	private constructor(
		private readonly bucket: S3Bucket,
		private readonly key: string,
		private readonly id: string,
	) {}

	/** Starts an upload. A cancel gives the request a moment to end: only its answer tells the ID. */
	static async create(
		bucket: S3Bucket,
		key: string,
		mark: string,
		signal: AbortSignal,
	): Promise<MultipartUpload> {
		const startedAt = new Date();
		const lenient = withGrace(signal, bucket.limits.graceMs);
		try {
			const created = await bucket.attempt(ACTIONS.write, key, lenient, (options) =>
				bucket.client.send(
					new CreateMultipartUploadCommand({
						...bucket.at(key),
						Metadata: { [WRITE_MARK]: mark },
						...encryptionInput(bucket.protection),
						...lockInput(bucket.protection, key),
						ChecksumAlgorithm: bucket.nativeChecksums ? 'CRC32' : undefined,
					}),
					options,
				),
			);
			if (created.UploadId === undefined) throw bucket.explain(undefined, ACTIONS.write, key);
			const { attempts = 1 } = created.$metadata;
			if (attempts > 1) await removeUnclaimed(bucket, key, startedAt, created.UploadId);
			return new MultipartUpload(bucket, key, created.UploadId);
		} catch (error) {
			await removeUnclaimed(bucket, key, startedAt);
			throw error;
		}
	}

	/** Sends one part; numbers start at 1. May run for several parts at once. */
	async send(partNumber: number, body: Buffer, signal: AbortSignal): Promise<void> {
		const { bucket, key } = this;
		const sent = await bucket.attempt(ACTIONS.write, key, signal, (options) =>
			bucket.client.send(
				new UploadPartCommand({
					...bucket.at(key),
					UploadId: this.id,
					PartNumber: partNumber,
					Body: body,
					...bucket.checksum(body),
				}),
				options,
			),
		);
		const { ETag, ChecksumCRC32 } = sent;
		this.parts.push({ PartNumber: partNumber, ETag, ChecksumCRC32 });
	}

	/** Makes the object visible, unless its key is taken. */
	async complete(signal?: AbortSignal): Promise<void> {
		const { bucket, key } = this;
		const parts = this.parts.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
		await bucket.attempt(ACTIONS.write, key, signal, (options) =>
			onlyIfAbsent((condition) =>
				bucket.client.send(
					new CompleteMultipartUploadCommand({
						...bucket.at(key),
						UploadId: this.id,
						MultipartUpload: { Parts: parts },
						...condition,
					}),
					options,
				),
			),
		);
	}

	/** Frees the parts. Parts still on their way must have ended before. */
	async abort(signal: AbortSignal): Promise<void> {
		await removeUpload(this.bucket, this.key, this.id, signal);
	}
}

/** Frees the parts of an upload; one that is gone is no error. */
export async function removeUpload(
	bucket: S3Bucket,
	key: string,
	id: string,
	signal?: AbortSignal,
): Promise<void> {
	try {
		await bucket.attempt(ACTIONS.abort, key, signal, (options) =>
			bucket.client.send(
				new AbortMultipartUploadCommand({ ...bucket.at(key), UploadId: id }),
				options,
			),
		);
	} catch (error) {
		// Gone is what was wanted: completed, or removed by an attempt whose answer was lost.
		if (error instanceof NotFoundError) return;
		throw new StoreError(
			`An unfinished upload of ${key} could not be removed from ${bucket.label}.`,
			{
				hint: 'It takes space but is no backup. Let a lifecycle rule of the bucket remove incomplete multipart uploads after a day.',
				cause: error,
			},
		);
	}
}

/**
 * Removes what attempts to create an upload left behind when their answers were lost. Best effort: a
 * key without the right to list uploads must be able to write backups all the same.
 *
 * Payload keys hold a random word, so an upload of this very key is ours; the time guards an upload
 * of somebody who chose the same key earlier.
 */
async function removeUnclaimed(bucket: S3Bucket, key: string, since: Date, keep?: string) {
	const signal = AbortSignal.timeout(bucket.limits.cleanUpTimeoutMs);
	try {
		const { Bucket, Key } = bucket.at(key);
		const found = await bucket.attempt(ACTIONS.findUploads, key, signal, (options) =>
			bucket.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }), options),
		);
		// The client corrects a clock that is wrong; the server's times are by the server's clock.
		const clockSlack = 24 * 60 * 60_000;
		const ours = (found.Uploads ?? []).filter(
			(upload) =>
				upload.Key === Key &&
				upload.UploadId !== keep &&
				(upload.Initiated?.getTime() ?? 0) >= since.getTime() - clockSlack,
		);
		for (const { UploadId } of ours) {
			if (UploadId !== undefined) await removeUpload(bucket, key, UploadId, signal);
		}
	} catch {
		// The error that led here says more than one about this clean-up would.
	}
}
