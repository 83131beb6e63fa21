import { Decrypter, Encrypter } from 'age-encryption';
import { ConfigurationError } from '../errors';
import { separateLocked, unlockKeyFile } from './locked-key';
import type { Manifest } from './manifest';
import { passphraseIdentity, passphraseRecipient } from './passphrase';

/** How a repository's payloads are locked and opened, in the age format. */
export type Encryption =
	| { kind: 'none' }
	/** Public keys lock; identities (private keys) open, and may be missing where only backups are made. */
	| { kind: 'recipients'; recipients: string[]; identities: string[]; locked?: LockedKeys }
	| { kind: 'passphrase'; passphrase: string };

/** Identities in files that a passphrase locks. */
export interface LockedKeys {
	/** As `separateLocked` gives them. */
	files: string[];
	passphrase: string;
}

/** What finds the key of a payload in its header. */
export type HeaderOpener = Pick<Decrypter, 'decryptHeader'>;

type StoredEncryption = Manifest['payload']['encryption'];

const SECRET_KEY = 'AGE-SECRET-KEY-';

/**
 * The same settings with every key trimmed and on its own, so that a whole key file with its comments
 * may be pasted. Rejects keys that cannot be used with `ConfigurationError`, which never shows them:
 * for that reason the library's own errors are dropped, some quote the key.
 */
export function normalizeEncryption(encryption: Encryption): Encryption {
	switch (encryption.kind) {
		case 'none':
			return encryption;
		case 'passphrase':
			if (encryption.passphrase !== '') return encryption;
			throw new ConfigurationError('The passphrase for the encryption is empty.', {
				hint: 'Enter a long passphrase, or choose no encryption.',
			});
		case 'recipients':
			return normalizeKeys(encryption);
	}
}

/** Added to the payload's file name; empty where nothing is encrypted. */
export function encryptionExtension(encryption: Encryption): string {
	return encryption.kind === 'none' ? '' : '.age';
}

/** What a manifest says of the encryption; recipients are public. */
export function describeEncryption(encryption: Encryption): StoredEncryption {
	switch (encryption.kind) {
		case 'none':
			return { kind: 'none' };
		case 'recipients':
			return { kind: 'age-recipients', recipients: encryption.recipients };
		case 'passphrase':
			return { kind: 'age-passphrase' };
	}
}

/** Whether the settings hold what opens a payload that they lock. */
export function canDecrypt(encryption: Encryption): boolean {
	return encryption.kind !== 'recipients' || encryption.identities.length > 0;
}

/** Locks for the settings; `undefined` where they ask for no encryption. */
export function encrypterFor(encryption: Encryption): Encrypter | undefined {
	if (encryption.kind === 'none') return undefined;
	const encrypter = new Encrypter();
	if (encryption.kind === 'passphrase') {
		encrypter.addRecipient(passphraseRecipient(encryption.passphrase));
	} else for (const recipient of encryption.recipients) encrypter.addRecipient(recipient);
	return encrypter;
}

/**
 * Opens what a manifest says was locked; `undefined` where the payload is not encrypted. Rejects with
 * `ConfigurationError` when the settings hold no key of the kind that it takes.
 */
export function decrypterFor(
	encryption: Encryption,
	stored: StoredEncryption,
): HeaderOpener | undefined {
	if (stored.kind === 'none') return undefined;
	const decrypter = new Decrypter();
	if (stored.kind === 'age-passphrase') {
		if (encryption.kind !== 'passphrase') {
			throw missingKey('with a passphrase', 'the passphrase that it was made with');
		}
		decrypter.addIdentity(passphraseIdentity(encryption.passphrase));
		return decrypter;
	}
	if (!hasIdentity(encryption)) {
		throw missingKey('for a key pair', 'the private key (it begins with AGE-SECRET-KEY-)');
	}
	const { identities, locked } = encryption;
	return {
		decryptHeader: async (header) => {
			for (const key of [...identities, ...(await unlock(locked))]) decrypter.addIdentity(key);
			return await decrypter.decryptHeader(header);
		},
	};
}

/** Whether the settings hold a key that may open backups. */
export function hasIdentity(
	encryption: Encryption,
): encryption is Encryption & { kind: 'recipients' } {
	if (encryption.kind !== 'recipients') return false;
	return encryption.identities.length > 0 || (encryption.locked?.files.length ?? 0) > 0;
}

/** Takes about a second for each, and so is done only when a payload is opened. */
async function unlock(locked: LockedKeys | undefined): Promise<string[]> {
	const keys: string[] = [];
	for (const file of locked?.files ?? []) {
		keys.push(...usableIdentities([await unlockKeyFile(file, locked?.passphrase ?? '')]));
	}
	return keys;
}

function missingKey(how: string, what: string): ConfigurationError {
	return new ConfigurationError(
		`The backup is encrypted ${how}, and the repository's settings do not hold what opens it.`,
		{ hint: `Add ${what} to the encryption settings of the repository.` },
	);
}

function normalizeKeys(encryption: Encryption & { kind: 'recipients' }): Encryption {
	const recipients = keysIn(encryption.recipients);
	const pasted = encryption.identities.map(separateLocked);
	const files = [...(encryption.locked?.files ?? []), ...pasted.flatMap(({ locked }) => locked)];
	const passphrase = encryption.locked?.passphrase ?? '';
	if (files.length > 0 && passphrase === '') {
		throw new ConfigurationError('The secret key is locked, and there is no passphrase for it.', {
			hint: 'Enter the passphrase that the key was made with, or leave the secret key out where only backups are made.',
		});
	}
	if (recipients.length === 0) {
		throw new ConfigurationError('Encryption needs at least one recipient, and there is none.', {
			hint: 'Enter an age public key (it begins with age1), or choose no encryption. The node Backup Repository can make a key pair.',
		});
	}
	recipients.forEach((key, index) => {
		if (key.toUpperCase().startsWith(SECRET_KEY)) {
			throw new ConfigurationError(
				`Recipient ${index + 1} of ${recipients.length} is a private key.`,
				{ hint: 'Enter the public key that belongs to it (it begins with age1) instead.' },
			);
		}
		if (!isAccepted(() => new Encrypter().addRecipient(key))) {
			throw new ConfigurationError(
				`Recipient ${index + 1} of ${recipients.length} is not an age public key.`,
				{ hint: 'A public key begins with age1. Copy it whole; one wrong character spoils it.' },
			);
		}
	});
	return {
		...{ kind: 'recipients', recipients },
		identities: usableIdentities(pasted.map(({ rest }) => rest)),
		...(files.length > 0 && { locked: { files, passphrase } }),
	};
}

/** The identities in these texts; rejects those that cannot be used with `ConfigurationError`. */
function usableIdentities(texts: readonly string[]): string[] {
	const identities = identitiesIn(texts);
	identities.forEach((key, index) => {
		if (!isAccepted(() => new Decrypter().addIdentity(key))) {
			throw new ConfigurationError(
				`Private key ${index + 1} of ${identities.length} is not an age identity.`,
				{
					hint: 'A private key begins with AGE-SECRET-KEY-. Copy it whole; one wrong character spoils it.',
				},
			);
		}
	});
	return identities;
}

/** Keys by line, comma or blank; lines that begin with `#` are comments, as in age's own files. */
function keysIn(texts: readonly string[]): string[] {
	return texts
		.flatMap((text) => text.split(/\r?\n/))
		.filter((line) => !line.trimStart().startsWith('#'))
		.flatMap((line) => line.split(/[\s,]+/))
		.filter((key) => key !== '');
}

/** A form may have swallowed the line ends of a pasted key file: the key then follows the comments. */
function identitiesIn(texts: readonly string[]): string[] {
	const keys = keysIn(texts);
	if (keys.length > 0) return keys;
	const words = texts.flatMap((text) => text.split(/[\s,]+/));
	return words.filter((word) => word.toUpperCase().startsWith(SECRET_KEY));
}

function isAccepted(add: () => void): boolean {
	try {
		add();
		return true;
	} catch {
		return false;
	}
}
