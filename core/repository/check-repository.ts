import { ConfigurationError, IntegrityError, WrongKeyError } from '../errors';
import { decryption, encryption } from './age';
import { cancelled } from './cancellation';
import {
	decrypterFor,
	describeEncryption,
	encrypterFor,
	type Encryption,
	hasIdentity,
} from './encryption';
import { sentencesOf } from './reason';
import type { Repository } from './repository';
import type { Store } from './store';

/** One line of the answer to "would this repository work?". */
export interface RepositoryCheck {
	/** Label of the store, or `encryption`. */
	store: string;
	ok: boolean;
	/** For people: what works, or what happened and what to do. */
	message: string;
}

/**
 * Tries what a backup and its restore will need: every store takes, lists, gives back and removes a
 * probe, and what the encryption locks, it also opens. Rejects with `CancelledError` only.
 */
export async function checkRepository(
	repository: Repository,
	signal?: AbortSignal,
): Promise<RepositoryCheck[]> {
	const checks = repository.stores.map((store) => checkStore(store, signal));
	const results = await Promise.all([...checks, checkEncryption(repository.encryption)]);
	if (signal?.aborted) throw cancelled('The check of the repository');
	return results;
}

async function checkStore(store: Store, signal: AbortSignal | undefined): Promise<RepositoryCheck> {
	try {
		await store.check(signal);
		return { store: store.label, ok: true, message: 'Can list, write, read and delete.' };
	} catch (error) {
		return { store: store.label, ok: false, message: sentencesOf(error) };
	}
}

async function checkEncryption(settings: Encryption): Promise<RepositoryCheck> {
	const answer = (ok: boolean, message: string) => ({ store: 'encryption', ok, message });
	if (settings.kind === 'none') {
		return answer(true, 'Backups are not encrypted: whoever can read a store can read them.');
	}
	if (settings.kind === 'recipients' && !hasIdentity(settings)) {
		return answer(
			true,
			'Backups can be made. To restore or verify them, the private key has to be added.',
		);
	}
	try {
		if (await opensWhatItLocks(settings)) {
			return answer(true, 'What is encrypted can be read back.');
		}
	} catch (error) {
		if (!(error instanceof ConfigurationError)) throw error;
		return answer(false, sentencesOf(error));
	}
	return answer(
		false,
		'Backups made with these settings could not be read with this key: the private key belongs to none of the recipients. Enter the public key that belongs to it as a recipient too, or another private key.',
	);
}

async function opensWhatItLocks(settings: Encryption): Promise<boolean> {
	const text = Buffer.from('This line was locked and opened again.\n');
	const lock = encryption(encrypterFor(settings));
	const open = decryption(decrypterFor(settings, describeEncryption(settings)));
	const opened: Uint8Array[] = [];
	try {
		for await (const chunk of open(lock(piece(text)))) opened.push(chunk);
	} catch (error) {
		if (error instanceof WrongKeyError || error instanceof IntegrityError) return false;
		throw error;
	}
	return text.equals(Buffer.concat(opened));
}

async function* piece(text: Buffer): AsyncGenerator<Uint8Array, void> {
	yield text;
}
