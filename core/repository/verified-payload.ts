import type { Stream, TransformCallback } from 'node:stream';
import { DisasterRecoveryError, IntegrityError, StoreError } from '../errors';
import { cancelled } from './cancellation';
import { DigestStream, type Digest } from './digest';
import type { Manifest } from './manifest';
import { reasonOf } from './reason';

/**
 * The end of the read pipeline: it passes the raw payload on, and ends only once the stored bytes
 * and its own are exactly those in the manifest. What fails on the way reaches the reader as an
 * error that a person understands.
 */
export class VerifiedPayload extends DigestStream {
	private readonly explained = new Map<unknown, DisasterRecoveryError>();
	private stored: DigestStream | undefined;

	constructor(
		private readonly manifest: Manifest,
		private readonly store: string,
		private readonly signal: AbortSignal | undefined,
	) {
		// A small payload may unpack to more than any disk holds: that is not written to the end first.
		super((digest) => this.finish(digest), {
			bytes: manifest.payload.raw.bytes,
			exceeded: () => this.damaged('once decoded, it is longer than what was backed up'),
		});
		// A failure before the consumer listens must not end the process; a stream that is read after
		// its failure tells it all the same.
		this.on('error', () => undefined);
		signal?.addEventListener('abort', this.stop, { once: true });
		this.once('close', () => signal?.removeEventListener('abort', this.stop));
		if (signal?.aborted) this.stop();
	}

	/** The stage for the stored bytes, in front of every codec. */
	storedCheck(): DigestStream {
		this.stored = new DigestStream(
			(digest) => {
				const difference = differenceOf(this.manifest.payload.stored, digest);
				if (difference !== undefined) throw this.damaged(difference);
			},
			{
				bytes: this.manifest.payload.stored.bytes,
				exceeded: () => this.damaged('it goes on behind the end of the payload'),
			},
		);
		return this.stored;
	}

	/**
	 * A decompressor takes the end of its frame for the end of its input, which the store may tell only
	 * later, and then takes no more: what is left of the stored bytes is checked without it.
	 */
	override _flush(done: TransformCallback): void {
		const { stored } = this;
		if (!stored || stored.readableEnded) {
			super._flush(done);
			return;
		}
		stored.once('end', () => super._flush(done));
		stored.unpipe();
		stored.resume();
	}

	/** Translates the errors of another stream in the pipeline. To be called before they are joined. */
	explain(stream: Stream, translate: (error: unknown) => DisasterRecoveryError): void {
		stream.once('error', (error) => this.explained.set(error, translate(error)));
	}

	/** `what` as in "it cannot be decompressed". */
	damaged(what: string): IntegrityError {
		return new IntegrityError(
			`The copy of ${this.manifest.id} in ${this.store} is damaged: ${what}.`,
			{ hint: 'Use the copy in another store, or another backup.' },
		);
	}

	override destroy(error?: Error): this {
		return super.destroy(error && this.translate(error));
	}

	private readonly stop = () => {
		this.destroy(cancelled('Reading the backup'));
	};

	private finish(digest: Digest): void {
		const difference = differenceOf(this.manifest.payload.raw, digest);
		if (difference !== undefined) throw this.damaged(`once decoded, ${difference}`);
	}

	private translate(error: Error & { code?: unknown }): Error {
		if (error instanceof DisasterRecoveryError) return error;
		if (this.signal?.aborted) return cancelled('Reading the backup');
		if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return brokeOff(this.store, error);
		return this.explained.get(error) ?? error;
	}
}

/** The error of a store that stops in the middle of an object. */
export function brokeOff(store: string, error: unknown): DisasterRecoveryError {
	if (error instanceof DisasterRecoveryError) return error;
	return new StoreError(`Reading from ${store} broke off: ${reasonOf(error)}.`, {
		hint: 'Check the store and the network, then try again.',
		cause: error,
	});
}

/** How bytes differ from what the manifest says of them, as a part of a sentence. */
export function differenceOf(expected: Digest, found: Digest): string | undefined {
	if (found.bytes !== expected.bytes) {
		return `it has ${found.bytes} bytes where ${expected.bytes} were backed up`;
	}
	return found.sha256 === expected.sha256 ? undefined : 'its SHA-256 checksum has changed';
}
