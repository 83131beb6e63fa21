import { decryption, encryption, type Stage } from './age';
import { decrypterFor, encrypterFor, type Encryption } from './encryption';
import type { Manifest } from './manifest';

/** A few bytes as an age file; `undefined` where nothing is to be encrypted. */
export async function lockBytes(
	settings: Encryption,
	content: Buffer,
): Promise<Buffer | undefined> {
	const encrypter = encrypterFor(settings);
	return encrypter && (await through(encryption(encrypter), content));
}

/**
 * Opens what `lockBytes` has made. Rejects with `ConfigurationError` where the settings hold no key of
 * that kind, with `WrongKeyError` where it is another key, and with `IntegrityError`.
 *
 * @param stored how a manifest describes the encryption
 */
export async function unlockBytes(
	settings: Encryption,
	stored: Manifest['payload']['encryption'],
	locked: Buffer,
): Promise<Buffer> {
	return await through(decryption(decrypterFor(settings, stored)), locked);
}

async function through(stage: Stage, content: Buffer): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of stage(once(content))) chunks.push(chunk);
	return Buffer.concat(chunks);
}

async function* once(content: Buffer): AsyncGenerator<Uint8Array, void> {
	yield content;
}
