import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { ConflictError, IntegrityError, StoreError } from '../../../errors';
import type { S3Bucket } from './bucket';
import { ACTIONS } from './actions';
import { cancelled } from './failure';

/** Cuts in a row, without this much in between, that end a download. */
const MAX_CUTS = 5;
const PROGRESS_BYTES = 1024 * 1024;
const LONGEST_PAUSE_MS = 10_000;

interface OpenBody {
	readonly body: Readable;
	readonly etag: string | undefined;
	/** Bytes of the whole object. */
	readonly total: number;
}

/**
 * Reads an object as one stream. A connection that breaks or stalls is replaced by one that goes on at
 * the byte where it ended, of the same version of the object; the consumer notices nothing.
 */
export class ObjectReader extends Readable {
	private body: Readable | undefined;
	private position = 0;
	/** Cuts since there was real progress. */
	private cuts = 0;
	private progressAt = 0;
	private wanted = false;
	private reopening: Promise<void> | undefined;
	private readonly stop = new AbortController();

	private constructor(
		private readonly bucket: S3Bucket,
		private readonly key: string,
		private readonly opened: OpenBody,
		private readonly signal: AbortSignal | undefined,
	) {
		super();
		signal?.addEventListener('abort', this.onCancel, { once: true });
		this.follow(opened.body);
		if (signal?.aborted) this.onCancel();
	}

	/** Resolves once the server has answered; `NotFoundError` where there is no such key. */
	static async open(bucket: S3Bucket, key: string, signal?: AbortSignal): Promise<ObjectReader> {
		return new ObjectReader(bucket, key, await openBody(bucket, key, signal), signal);
	}

	override _read(): void {
		this.wanted = true;
		if (this.body) this.body.resume();
		else this.goOn();
	}

	override _destroy(error: Error | null, done: (error: Error | null) => void): void {
		this.signal?.removeEventListener('abort', this.onCancel);
		this.stop.abort();
		this.body?.destroy();
		done(error);
	}

	private readonly onCancel = (): void => {
		this.destroy(cancelled());
	};

	private follow(body: Readable): void {
		this.body = body;
		body.on('data', (chunk: Buffer) => {
			this.position += chunk.length;
			if (this.position > this.opened.total) {
				this.destroy(this.wrongLength());
				return;
			}
			this.wanted = this.push(chunk);
			if (!this.wanted) body.pause();
		});
		// `close` follows an end, a cut and our own destroy alike; errors of a cut need no more than an ear.
		let failure: unknown;
		body.on('error', (error) => (failure = error));
		body.once('close', () => this.onClosed(failure));
		if (!this.wanted) body.pause();
	}

	private onClosed(failure: unknown): void {
		this.body = undefined;
		if (this.destroyed) return;
		if (this.position === this.opened.total) {
			this.push(null);
			return;
		}
		// A consumer that takes its time lets the connection idle until somebody closes it: no fault.
		if (!this.wanted) return;
		this.cuts = this.position - this.progressAt >= PROGRESS_BYTES ? 1 : this.cuts + 1;
		this.progressAt = this.position;
		if (this.cuts > MAX_CUTS) {
			this.destroy(this.bucket.explain(failure ?? brokenOff(), ACTIONS.read, this.key));
			return;
		}
		this.goOn();
	}

	/** Opens the next body, unless that is under way. */
	private goOn(): void {
		this.reopening ??= this.reopen()
			.catch((error: Error) => void this.destroy(error))
			.finally(() => (this.reopening = undefined));
	}

	private async reopen(): Promise<void> {
		const { signal } = this.stop;
		if (this.cuts > 0) {
			await sleep(Math.min(100 * 2 ** this.cuts, LONGEST_PAUSE_MS), undefined, { signal });
		}
		const { etag } = this.opened;
		const next = await openBody(this.bucket, this.key, signal, { from: this.position, etag });
		if (this.destroyed) {
			next.body.destroy();
			return;
		}
		this.follow(next.body);
		if (this.wanted) next.body.resume();
	}

	private wrongLength(): IntegrityError {
		return new IntegrityError(`${this.key} in ${this.bucket.label} is longer than announced.`, {
			hint: 'Use another copy of this backup, and check the S3 server.',
		});
	}
}

async function openBody(
	bucket: S3Bucket,
	key: string,
	signal: AbortSignal | undefined,
	resume?: { from: number; etag: string | undefined },
): Promise<OpenBody> {
	const range = resume && { Range: `bytes=${resume.from}-`, IfMatch: resume.etag };
	try {
		const got = await bucket.attempt(ACTIONS.read, key, signal, (options) =>
			bucket.client.send(new GetObjectCommand({ ...bucket.at(key), ...range }), options),
		);
		if (!(got.Body instanceof Readable)) throw bucket.explain(undefined, ACTIONS.read, key);
		if (resume && !got.ContentRange?.startsWith(`bytes ${resume.from}-`)) {
			got.Body.destroy();
			throw new StoreError(`The download of ${key} from ${bucket.label} broke off.`, {
				hint: 'The S3 server cannot go on in the middle of an object. Run it again.',
			});
		}
		return { body: got.Body, etag: got.ETag, total: got.ContentLength ?? 0 };
	} catch (error) {
		if (!(error instanceof ConflictError)) throw error;
		throw new IntegrityError(`${key} in ${bucket.label} was replaced while it was read.`, {
			hint: 'Nothing here ever overwrites a backup: find out who wrote to the bucket.',
			cause: error,
		});
	}
}

/** A body that ended before its announced length without an error of its own. */
function brokenOff(): Error {
	return Object.assign(new Error('broken off'), { code: 'ECONNRESET' });
}
