import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { ConfigurationError } from '../errors';
import { lockKeyFile } from './locked-key';

/** Guessing goes on for as long as somebody has the file: words of a vault's generator are longer. */
const SHORTEST_PASSPHRASE = 16;

export interface KeyPair {
	/** Locks backups; may be seen by anybody. */
	publicKey: string;
	/** The secret key in a file as `age-keygen` writes it, locked with the passphrase. */
	lockedKeyFile: string;
}

/**
 * Makes an age key pair (X25519). The secret key leaves this function only locked. Rejects a passphrase
 * that is too short with `ConfigurationError`.
 */
export async function createKeyPair(passphrase: string, now = new Date()): Promise<KeyPair> {
	if (passphrase.length < SHORTEST_PASSPHRASE) {
		throw new ConfigurationError(
			passphrase === ''
				? 'There is no passphrase to lock the secret key with.'
				: `The passphrase for the secret key is shorter than ${SHORTEST_PASSPHRASE} characters.`,
			{
				hint: "Choose Key Pair for Encryption in the repository's credential. Let your password vault make a passphrase, keep it there, and enter it as Passphrase of the Secret Key.",
			},
		);
	}
	const secretKey = await generateX25519Identity();
	const publicKey = await identityToRecipient(secretKey);
	const lines = [`# created: ${now.toISOString()}`, `# public key: ${publicKey}`, secretKey, ''];
	return { publicKey, lockedKeyFile: await lockKeyFile(lines.join('\n'), passphrase) };
}
