import { ReadableStream } from 'node:stream/web';
import { isNativeError } from 'node:util/types';
import type { Decrypter, Encrypter } from 'age-encryption';
import { IntegrityError, WrongKeyError } from '../errors';

/** A stage for `pipeline()`: pulls one chunk at a time, so memory stays bounded in both directions. */
export type Stage = (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, void>;

/** The header of an age file holds a few hundred bytes per recipient. */
const LONGEST_HEADER = 1024 * 1024;
const PIECE = 64 * 1024;

/** The library has no error classes; the tests hold this text against it. */
const NO_KEY_FITS = "no identity matched any of the file's recipients";

/** Encrypts to the age format; hands the bytes on as they are where there is no encrypter. */
export function encryption(encrypter: Encrypter | undefined): Stage {
	return async function* encrypt(source) {
		if (encrypter === undefined) yield* source;
		else yield* await encrypter.encrypt(ReadableStream.from(source));
	};
}

/**
 * Decrypts the age format. The source has to prove its own bytes: it ends well only when they are
 * what was stored. Rejects with `WrongKeyError` when it does and no key opens the header, and with
 * `IntegrityError` for everything that is not a whole age file. Errors of the source pass unchanged.
 */
export function decryption(decrypter: Decrypter | undefined): Stage {
	return async function* decrypt(source) {
		if (decrypter === undefined) {
			yield* source;
			return;
		}
		const input = new AgeInput(source);
		const plain = await open(decrypter, input);
		try {
			yield* plain;
		} catch {
			throw input.failure ?? damaged();
		}
	};
}

async function open(decrypter: Decrypter, input: AgeInput): Promise<AsyncIterable<Uint8Array>> {
	try {
		const plain = await decrypter.decrypt(ReadableStream.from(input.pieces()));
		input.headerIsRead = true;
		return plain;
	} catch (error) {
		if (input.failure !== undefined) throw input.failure;
		// A flipped byte in the header looks like a wrong key: first hear whether the bytes are whole.
		await input.drain();
		throw isNativeError(error) && error.message === NO_KEY_FITS ? wrongKey() : damaged();
	}
}

/** Hands a source to the library in small pieces, and tells its failures from the library's. */
class AgeInput {
	/** What the source itself failed with. */
	failure: unknown;
	headerIsRead = false;
	private readonly chunks: AsyncIterator<Uint8Array>;

	constructor(source: AsyncIterable<Uint8Array>) {
		this.chunks = source[Symbol.asyncIterator]();
	}

	async *pieces(): AsyncGenerator<Uint8Array, void> {
		let given = 0;
		for (let next = await this.next(); !next.done; next = await this.next()) {
			for (let at = 0; at < next.value.length; at += PIECE) {
				// The library looks for the end of a line without limit, and keeps what it has seen.
				if (!this.headerIsRead && given >= LONGEST_HEADER) throw new Error('No header found.');
				const piece = next.value.subarray(at, at + PIECE);
				given += piece.length;
				yield piece;
			}
		}
	}

	/** Reads on to the end, or to the failure that the source ends with. */
	async drain(): Promise<void> {
		while (!(await this.next()).done);
	}

	private async next(): Promise<IteratorResult<Uint8Array, unknown>> {
		try {
			return await this.chunks.next();
		} catch (error) {
			this.failure = error;
			throw error;
		}
	}
}

function wrongKey(): WrongKeyError {
	return new WrongKeyError(
		'The backup is whole, but it was encrypted for another key or passphrase.',
		{ hint: "Enter the key or passphrase that it was made with in the repository's settings." },
	);
}

/** The library's own error is left out: it tells a person nothing and may quote what it read. */
function damaged(): IntegrityError {
	return new IntegrityError('The encrypted payload is damaged and cannot be opened.', {
		hint: 'Use another copy of this backup, or another backup.',
	});
}
