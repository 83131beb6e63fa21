import { isNativeError } from 'node:util/types';
import type { Encrypter } from 'age-encryption';
import { DisasterRecoveryError, IntegrityError, WrongKeyError } from '../errors';
import { lockHeader, splitHeader } from './age-header';
import type { HeaderOpener } from './encryption';
import { openPayload, SealBrokenError, sealPayload } from './age-payload';

/** A stage for `pipeline()`: pulls one chunk at a time, so memory stays bounded in both directions. */
export type Stage = (source: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array, void>;

/** The library has no error classes; the tests hold this text against it. */
const NO_KEY_FITS = "no identity matched any of the file's recipients";

/** Encrypts to the age format; hands the bytes on as they are where there is no encrypter. */
export function encryption(encrypter: Encrypter | undefined): Stage {
	return async function* encrypt(source) {
		if (encrypter === undefined) {
			yield* source;
			return;
		}
		const { header, fileKey } = await lockHeader(encrypter);
		yield header;
		yield* sealPayload(source, fileKey);
	};
}

/**
 * Decrypts the age format. The source has to prove its own bytes: it ends well only when they are
 * what was stored. Rejects with `WrongKeyError` when it does and no key opens the header, and with
 * `IntegrityError` for everything that is not a whole age file. Errors of the source pass unchanged.
 */
export function decryption(decrypter: HeaderOpener | undefined): Stage {
	return async function* decrypt(source) {
		if (decrypter === undefined) {
			yield* source;
			return;
		}
		const { header, rest } = await splitHeader(source);
		const fileKey = await open(decrypter, header, rest);
		try {
			yield* openPayload(rest, fileKey);
		} catch (error) {
			throw error instanceof SealBrokenError ? damaged() : error;
		}
	};
}

async function open(
	decrypter: HeaderOpener,
	header: Buffer | undefined,
	rest: AsyncIterable<Uint8Array>,
): Promise<Uint8Array> {
	let failure: unknown;
	try {
		if (header !== undefined) return await decrypter.decryptHeader(header);
	} catch (error) {
		// About the key itself, not about this file.
		if (error instanceof DisasterRecoveryError) throw error;
		failure = error;
	}
	// A flipped byte in the header looks like a wrong key: first hear whether the bytes are whole.
	await readToEnd(rest);
	throw isNativeError(failure) && failure.message === NO_KEY_FITS ? wrongKey() : damaged();
}

async function readToEnd(source: AsyncIterable<Uint8Array>): Promise<void> {
	const chunks = source[Symbol.asyncIterator]();
	while (!(await chunks.next()).done);
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
