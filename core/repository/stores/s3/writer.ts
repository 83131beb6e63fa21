import { Writable } from 'node:stream';
import { ConfigurationError, StoreError } from '../../../errors';
import type { StoreWriter } from '../../store';
import type { S3Bucket } from './bucket';
import { assertAbsent, newMark, putOnce, settleWrite } from './conditional';
import { cancelled } from './failure';
import { MultipartUpload } from './multipart-upload';
import { MAX_PARTS, nextPartBytes, type UploadProgress } from './part-size';

/** Memory for parts being filled and sent; one part is always allowed, however large. */
const BUFFER_BYTES = 32 * 1024 * 1024;

/**
 * Writes one object: in one request if it fits in a part, else as a multipart upload that starts with
 * the first full part. Parts are whole buffers, never streams: a stream cannot be sent again, and the
 * SDK would send it with a trailer that many servers refuse or store as data.
 */
export class S3Writer implements StoreWriter {
	readonly stream: Writable;

	private readonly mark = newMark();
	/** Ends everything under way when the writer fails or is aborted. */
	private readonly stop = new AbortController();
	private readonly sending = new Set<Promise<void>>();
	private upload: Promise<MultipartUpload> | undefined;
	private progress: UploadProgress = { parts: 0, bytes: 0, lastPartBytes: 0 };
	private part: Buffer;
	private filled = 0;
	private state: 'writing' | 'ended' | 'committing' | 'committed' | 'aborting' = 'writing';
	private cleanedUp: Promise<void> | undefined;

	private constructor(
		private readonly bucket: S3Bucket,
		private readonly key: string,
		private readonly estimatedBytes: number | undefined,
		private readonly signal: AbortSignal | undefined,
	) {
		this.part = this.newPart();
		this.stream = new Writable({
			write: (chunk: Buffer, _encoding, done) => void this.take(chunk).then(() => done(), done),
			final: (done) => void this.end().then(() => done(), done),
			destroy: (error, done) => {
				this.signal?.removeEventListener('abort', this.onCancel);
				if (this.state === 'writing') void this.abort().catch(() => {});
				done(error);
			},
		});
		signal?.addEventListener('abort', this.onCancel, { once: true });
	}

	/** Rejects with `ConflictError` where the key exists. */
	static async open(
		bucket: S3Bucket,
		key: string,
		options: { estimatedBytes?: number; signal?: AbortSignal },
	): Promise<S3Writer> {
		await assertAbsent(bucket, key, options.signal);
		if (options.signal?.aborted) throw cancelled();
		return new S3Writer(bucket, key, options.estimatedBytes, options.signal);
	}

	async commit(): Promise<{ bytes: number }> {
		if (this.state !== 'ended') {
			throw new StoreError(`${this.key} cannot be committed: it was not written to its end.`, {
				hint: 'Run it again.',
			});
		}
		if (this.signal?.aborted) throw cancelled();
		this.state = 'committing';
		const { bucket, key, mark } = this;
		const bytes = this.progress.bytes + this.filled;
		// The look at the start is hours old by now, and not every server knows `If-None-Match`.
		await assertAbsent(bucket, key, this.signal);
		const upload = await this.upload;
		await settleWrite(bucket, key, { bytes, mark }, this.signal, (signal) =>
			upload
				? upload.complete(signal)
				: putOnce(bucket, key, this.part.subarray(0, this.filled), mark, signal),
		);
		this.state = 'committed';
		return { bytes };
	}

	abort(): Promise<void> {
		this.cleanedUp ??= this.cleanUp();
		return this.cleanedUp;
	}

	private readonly onCancel = (): void => {
		this.stream.destroy(cancelled());
	};

	private async take(chunk: Buffer): Promise<void> {
		let taken = 0;
		while (taken < chunk.length) {
			const copied = chunk.copy(this.part, this.filled, taken);
			this.filled += copied;
			taken += copied;
			// A full part waits for the next byte: it may be the last one, and then needs no upload.
			if (this.filled === this.part.length && taken < chunk.length) await this.sendPart();
		}
	}

	/** Hands the filled part over, and waits until there is memory for the next one. */
	private async sendPart(): Promise<void> {
		if (this.progress.parts === MAX_PARTS) throw this.tooLarge();
		const body = this.part.subarray(0, this.filled);
		this.progress = {
			parts: this.progress.parts + 1,
			bytes: this.progress.bytes + body.length,
			lastPartBytes: body.length,
		};
		this.filled = 0;
		this.upload ??= MultipartUpload.create(this.bucket, this.key, this.mark, this.stop.signal);
		const upload = await this.upload;
		this.stop.signal.throwIfAborted();

		const sent = upload.send(this.progress.parts, body, this.stop.signal);
		this.sending.add(sent);
		sent.then(
			() => this.sending.delete(sent),
			(error: Error) => this.stream.destroy(error),
		);
		const atOnce = Math.max(1, Math.floor(BUFFER_BYTES / body.length));
		while (this.sending.size >= atOnce) await Promise.race(this.sending);
		this.part = this.newPart();
	}

	private async end(): Promise<void> {
		if (this.upload && this.filled > 0) await this.sendPart();
		await Promise.all(this.sending);
		this.state = 'ended';
	}

	private async cleanUp(): Promise<void> {
		const { state } = this;
		this.state = 'aborting';
		this.stop.abort(cancelled());
		this.stream.destroy();
		this.part = Buffer.alloc(0);
		await Promise.allSettled(this.sending);
		const upload = await this.upload?.catch(() => undefined);
		const signal = AbortSignal.timeout(this.bucket.limits.cleanUpTimeoutMs);
		await upload?.abort(signal);
		if (state === 'committed' || (state === 'committing' && (await this.isOurs(signal)))) {
			await this.bucket.delete(this.key, signal);
		}
	}

	/** Whether a commit that did not end well has made the object all the same. */
	private async isOurs(signal: AbortSignal): Promise<boolean> {
		const found = await this.bucket.head(this.key, signal);
		return found?.mark === this.mark;
	}

	/** Not zeroed, and the system gives the memory only as it is filled. */
	private newPart(): Buffer {
		return Buffer.allocUnsafeSlow(nextPartBytes(this.progress, this.estimatedBytes));
	}

	private tooLarge(): ConfigurationError {
		return new ConfigurationError(`${this.key} is larger than an S3 object can be (5 TB).`, {
			hint: 'Exclude data, compress it more, or use a directory instead.',
		});
	}
}
