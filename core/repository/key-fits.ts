import { DisasterRecoveryError, WrongKeyError } from '../errors';
import { splitHeader } from './age-header';
import type { BackupRef } from './catalogue';
import { decrypterFor } from './encryption';
import { readManifestIn } from './manifest-file';
import { backupPrefix } from './naming';
import type { Repository } from './repository';
import { firstThatWorks } from './store-choice';

/**
 * Tries the key of the repository on the first bytes of a payload, so that a wrong one is found at once
 * and not after everything was read. Rejects with `WrongKeyError` where it does not open them, which
 * damage to those bytes looks like too; as `readManifestIn` does, and with `ConfigurationError` where
 * the repository has no key of the kind that it takes.
 */
export async function requireFittingKey(
	repository: Repository,
	backup: BackupRef,
	signal?: AbortSignal,
): Promise<void> {
	const fits = await firstThatWorks(
		repository.stores,
		async (store) => {
			const { payload } = await readManifestIn(store, backup, signal);
			const decrypter = decrypterFor(repository.encryption, payload.encryption);
			if (decrypter === undefined) return true;
			const stored = await store.read(backupPrefix(backup) + payload.file, signal);
			const { header } = await splitHeader(stored).finally(() => stored.destroy());
			if (header === undefined) return false;
			try {
				await decrypter.decryptHeader(header);
				return true;
			} catch (error) {
				// About the key itself, not about this file.
				if (error instanceof DisasterRecoveryError) throw error;
				return false;
			}
		},
		signal,
	);
	if (fits) return;
	throw new WrongKeyError(`The key or passphrase does not open the backup ${backup.id}.`, {
		hint: 'Take the one that it was made with from your vault. Whether its bytes are whole can be verified without a key (level stored).',
	});
}
