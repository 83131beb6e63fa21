import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { type Identity, type Recipient, Stanza } from 'age-encryption';

/**
 * The passphrase stanza of the age format (age-encryption.org/v1, "scrypt recipient stanza"), computed
 * by Node.js in a thread of its own: the library's own version holds up the whole process for
 * seconds, and with it every other workflow.
 */
const LABEL = 'age-encryption.org/v1/scrypt';
const SALT_BYTES = 16;
const TAG_BYTES = 16;
/** The work factor that the age command uses, as a power of two; takes 256 MiB for about a second. */
const WORK_FACTOR = 18;
/** A file that asks for more is meant to exhaust the machine. */
const HIGHEST_WORK_FACTOR = 20;

/** Locks a file key with a passphrase. */
export function passphraseRecipient(passphrase: string): Recipient {
	return {
		wrapFileKey: async (fileKey) => {
			const salt = randomBytes(SALT_BYTES);
			const key = await deriveKey(passphrase, salt, WORK_FACTOR);
			const cipher = createCipheriv('chacha20-poly1305', key, ZERO_NONCE, AEAD);
			const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
			return [new Stanza(['scrypt', unpadded(salt), String(WORK_FACTOR)], body)];
		},
	};
}

/** Opens what `passphraseRecipient` and the age command lock. */
export function passphraseIdentity(passphrase: string): Identity {
	return {
		unwrapFileKey: async (stanzas) => {
			const [stanza] = stanzas;
			const [kind, salt = '', factor = ''] = stanza?.args ?? [];
			if (stanza === undefined || kind !== 'scrypt') return null;
			const isSound =
				stanzas.length === 1 &&
				stanza.args.length === 3 &&
				unpadded(Buffer.from(salt, 'base64')) === salt &&
				/^[1-9]\d?$/.test(factor) &&
				Number(factor) <= HIGHEST_WORK_FACTOR;
			if (!isSound) throw new Error('The passphrase stanza is malformed.');
			const key = await deriveKey(passphrase, Buffer.from(salt, 'base64'), Number(factor));
			return open(key, stanza.body);
		},
	};
}

/** The key is used once, so its nonce may be constant: the format asks for zeros. */
const ZERO_NONCE = Buffer.alloc(12);
const AEAD = { authTagLength: TAG_BYTES };

function open(key: Buffer, body: Uint8Array): Uint8Array | null {
	const decipher = createDecipheriv('chacha20-poly1305', key, ZERO_NONCE, AEAD);
	decipher.setAuthTag(body.subarray(-TAG_BYTES));
	try {
		return Buffer.concat([decipher.update(body.subarray(0, -TAG_BYTES)), decipher.final()]);
	} catch {
		return null;
	}
}

async function deriveKey(passphrase: string, salt: Buffer, factor: number): Promise<Buffer> {
	const labelled = Buffer.concat([Buffer.from(LABEL), salt]);
	const cost = { N: 2 ** factor, r: 8, p: 1, maxmem: 2 ** (factor + 11) };
	return await deriveWithScrypt(passphrase, labelled, 32, cost);
}

const deriveWithScrypt = promisify<string, Buffer, number, object, Buffer>(scrypt);

function unpadded(bytes: Buffer): string {
	return bytes.toString('base64').replace(/=+$/, '');
}
