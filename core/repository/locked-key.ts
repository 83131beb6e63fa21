import { armor, Decrypter, Encrypter } from 'age-encryption';
import { ConfigurationError } from '../errors';
import { passphraseIdentity, passphraseRecipient } from './passphrase';

const ARMOR = /-----BEGIN AGE ENCRYPTED FILE-----([\w+/=\s]*)-----END AGE ENCRYPTED FILE-----/g;
/** A key file holds a few keys and comments; a header alone takes two hundred bytes. */
const LONGEST_FILE = 64 * 1024;

/**
 * The key file `text`, locked with a passphrase: a text that `age -d` opens, and that `age -i` takes
 * for a key file as it is.
 */
export async function lockKeyFile(text: string, passphrase: string): Promise<string> {
	const encrypter = new Encrypter();
	encrypter.addRecipient(passphraseRecipient(passphrase));
	return armor.encode(await encrypter.encrypt(text));
}

/**
 * Tells locked key files in a pasted text from what stands around them. A form may have swallowed the
 * ends of their lines.
 */
export function separateLocked(text: string): { locked: string[]; rest: string } {
	const locked = [...text.matchAll(ARMOR)].map(([, base64 = '']) => base64.replace(/\s+/g, ''));
	return { locked, rest: text.replace(ARMOR, '\n') };
}

/**
 * What a locked key file says, given the Base64 text of `separateLocked`. Rejects with
 * `ConfigurationError`; the library's own errors are dropped.
 */
export async function unlockKeyFile(locked: string, passphrase: string): Promise<string> {
	const file = Buffer.from(locked, 'base64');
	const decrypter = new Decrypter();
	decrypter.addIdentity(passphraseIdentity(passphrase));
	try {
		if (file.length > LONGEST_FILE) throw new Error('too long');
		return await decrypter.decrypt(file, 'text');
	} catch {
		throw new ConfigurationError('The passphrase does not open the locked secret key.', {
			hint: "Enter the passphrase that the key was made with, and paste the whole key file, in the repository's credential.",
		});
	}
}
