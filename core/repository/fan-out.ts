import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StoreError } from '../errors';
import { hintOf, reasonIn } from './reason';
import type { Store, StoreWriter } from './store';

/** The copy of one payload that goes into one store. It fails alone: the others go on. */
export class Copy {
	/** Why this store has no copy; once set it stays. */
	failure: unknown;
	/** Why something of a copy that was given up may still lie in the store. */
	leftover: unknown;
	private kept = false;

	private constructor(
		readonly store: Store,
		private readonly writer: StoreWriter | undefined,
	) {
		// Given up at once: what it holds of a full disk may be wanted long before the run ends.
		writer?.stream.on('error', (error) => void this.discard(error));
	}

	/** Never rejects: a store that cannot be written to gives a copy that has failed already. */
	static async open(
		store: Store,
		key: string,
		options: { estimatedBytes?: number; signal?: AbortSignal },
	): Promise<Copy> {
		try {
			return new Copy(store, await store.createWriter(key, options));
		} catch (error) {
			const copy = new Copy(store, undefined);
			copy.failure = error;
			return copy;
		}
	}

	get alive(): boolean {
		return this.failure === undefined;
	}

	/** Resolves when the store has taken the chunk or failed. */
	async write(chunk: Buffer): Promise<void> {
		const stream = this.live();
		if (stream === undefined) return;
		await new Promise<void>((resolve) => {
			// A stream that is destroyed in mid-write need not call back.
			const settle = () => {
				stream.off('close', settle);
				resolve();
			};
			stream.once('close', settle);
			stream.write(chunk, (error) => {
				if (error) this.failure ??= error;
				settle();
			});
		});
	}

	async end(): Promise<void> {
		const stream = this.live();
		if (stream === undefined) return;
		stream.end();
		await finished(stream, { readable: false }).catch((error) => (this.failure ??= error));
	}

	/** Makes the copy visible in its store if the store confirms `bytes`; takes it back otherwise. */
	async commit(bytes: number): Promise<void> {
		if (!this.alive || this.writer === undefined) return;
		try {
			const stored = await this.writer.commit();
			if (stored.bytes === bytes) return;
			throw new StoreError(
				`The store reports ${stored.bytes} bytes where ${bytes} bytes were sent.`,
				{ hint: 'Check the store, then run the backup again.' },
			);
		} catch (error) {
			await this.discard(error);
		}
	}

	/** Gives the copy up, and removes what is there of it; does nothing once it is kept. */
	async discard(reason: unknown): Promise<void> {
		if (this.kept) return;
		this.failure ??= reason;
		// What cannot be removed stays uncommitted; the reason why it was given up matters more.
		await this.writer?.abort().catch((error: unknown) => (this.leftover = error));
	}

	/** Takes the copy out of reach of `discard`: it belongs, or may belong, to a committed backup. */
	keep(): void {
		this.kept = true;
	}

	private live(): Writable | undefined {
		const stream = this.writer?.stream;
		if (this.alive && stream?.destroyed) this.failure = new Error('the store stopped taking data');
		return this.alive ? stream : undefined;
	}
}

/**
 * Writes every chunk to every copy at the pace of the slowest. Fails with `StoreError` once no copy is
 * left alive.
 */
export function fanOut(copies: readonly Copy[]): Writable {
	const each = async (step: (copy: Copy) => Promise<void>) => {
		await Promise.all(copies.map(step));
		if (!copies.some((copy) => copy.alive)) throw noCopyLeft(copies);
	};
	return new Writable({
		write: (chunk: Buffer, _encoding, done) =>
			void each((c) => c.write(chunk)).then(() => done(), done),
		final: (done) => void each((c) => c.end()).then(() => done(), done),
	});
}

/** The error of a backup that no store has kept. */
export function noCopyLeft(copies: readonly Copy[]): StoreError {
	const reasons = copies.map((copy) => reasonIn(copy.store, copy.failure));
	return new StoreError(`The backup could not be stored anywhere. ${reasons.join(' ')}`, {
		hint: hintOf(
			copies[0]?.failure,
			'Check the stores of the repository, then run the backup again.',
		),
		cause: copies[0]?.failure,
	});
}
