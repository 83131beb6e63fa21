import { ConfigurationError, WrongKeyError } from '../../core/errors';
import type { BackupRef } from '../../core/repository/catalogue';
import { type Encryption, normalizeEncryption } from '../../core/repository/encryption';
import { requireFittingKey } from '../../core/repository/key-fits';
import { separateLocked } from '../../core/repository/locked-key';
import type { Manifest } from '../../core/repository/manifest';
import type { Repository } from '../../core/repository/repository';
import type { Surroundings } from '../command';
import { UsageError } from '../usage-error';
import { readText } from './location';

/** Options that name files with secrets; read by `unlock`. */
export const keyOptions = {
	'passphrase-file': { type: 'string' },
	identity: { type: 'string' },
} as const;

export const keyUsage = `  What opens them; you are asked for what is not given
  DR_PASSPHRASE             environment variable, or
  --passphrase-file <path>  the passphrase, also of a locked secret key
  DR_IDENTITY               environment variable, or
  --identity <path>         the age secret key (AGE-SECRET-KEY-1…) or the locked key file`;

export type KeyValues = { readonly [Option in keyof typeof keyOptions]?: string };

/** Mistyping is common in the dark; guessing is not helped by that. */
const ATTEMPTS = 3;

type StoredEncryption = Manifest['payload']['encryption'];

/**
 * The repository with the key that opens `backup`: from the environment, a file, or a person who is
 * asked. Rejects with `WrongKeyError` where it does not open it, with `UsageError` where there is none
 * and nobody can be asked, and with `ConfigurationError` for what is no key.
 */
export async function unlock(
	repository: Repository,
	backup: BackupRef,
	{ payload }: Manifest,
	values: KeyValues,
	surroundings: Surroundings,
	signal: AbortSignal,
): Promise<Repository> {
	for (let attempt = 1; ; attempt++) {
		const secrets = new Secrets(values, surroundings);
		try {
			const encryption = await encryptionFor(payload.encryption, secrets);
			const unlocked = { ...repository, encryption: normalizeEncryption(encryption) };
			await requireFittingKey(unlocked, backup, signal);
			return unlocked;
		} catch (error) {
			const mayTryAgain = secrets.wasAsked && attempt < ATTEMPTS;
			if (!mayTryAgain || !isAboutKey(error)) throw error;
			surroundings.tell(error.message);
		}
	}
}

/** No key at all, or not the one. */
function isAboutKey(error: unknown): error is Error {
	return error instanceof WrongKeyError || error instanceof ConfigurationError;
}

async function encryptionFor(stored: StoredEncryption, secrets: Secrets): Promise<Encryption> {
	switch (stored.kind) {
		case 'none':
			return stored;
		case 'age-passphrase':
			return {
				kind: 'passphrase',
				passphrase: await secrets.passphrase('Passphrase of the backups: '),
			};
		case 'age-recipients': {
			const identity = await secrets.identity();
			const { locked, rest } = separateLocked(identity);
			return {
				...{ kind: 'recipients', recipients: stored.recipients, identities: [rest] },
				...(locked.length > 0 && {
					locked: {
						files: locked,
						passphrase: await secrets.passphrase('Passphrase of the secret key: '),
					},
				}),
			};
		}
	}
}

/** Where secrets come from. */
class Secrets {
	wasAsked = false;

	constructor(
		private readonly values: KeyValues,
		private readonly surroundings: Surroundings,
	) {}

	async passphrase(question: string): Promise<string> {
		const { 'passphrase-file': file } = this.values;
		return await this.secret('DR_PASSPHRASE', { file, option: 'passphrase-file', question });
	}

	async identity(): Promise<string> {
		const { identity: file } = this.values;
		const question = 'Secret key (AGE-SECRET-KEY-1…): ';
		return await this.secret('DR_IDENTITY', { file, option: 'identity', question });
	}

	private async secret(
		variable: string,
		from: { file: string | undefined; option: string; question: string },
	): Promise<string> {
		const { env, terminal } = this.surroundings;
		// The end of the line is the editor's, and no part of a passphrase.
		if (from.file) return (await readText(from.file, from.option)).replace(/\r?\n$/, '');
		const value = env[variable] ?? '';
		if (value !== '') return value;
		if (!terminal) {
			throw new UsageError('The backup is locked, and there is nothing that opens it.', {
				hint: `Set the environment variable ${variable}, or add --${from.option} <path>.`,
			});
		}
		this.wasAsked = true;
		return await terminal.askSecret(from.question);
	}
}
