import { ConfigurationError } from '../errors';
import { normalizeEncryption, type Encryption } from './encryption';
import type { Store } from './store';
import { createDirectoryStore, type DirectoryStoreSettings } from './stores/directory';
import { createS3Store, type S3StoreSettings } from './stores/s3';

export { checkRepository, type RepositoryCheck } from './check-repository';

/** Where backups live: one or more stores with the same content, and how payloads are encrypted. */
export interface Repository {
	readonly stores: readonly Store[];
	readonly encryption: Encryption;
}

export interface RepositorySettings {
	directory?: DirectoryStoreSettings;
	s3?: S3StoreSettings;
	encryption: Encryption;
}

/**
 * Opens a repository; nothing is contacted yet. Rejects settings that cannot work with
 * `ConfigurationError`: no store at all, a path that is not absolute, an impossible S3
 * address, keys that are no keys.
 */
export function openRepository(settings: RepositorySettings): Repository {
	const stores: Store[] = [];
	if (settings.directory !== undefined) stores.push(createDirectoryStore(settings.directory));
	if (settings.s3 !== undefined) stores.push(createS3Store(settings.s3));
	if (stores.length === 0) {
		throw new ConfigurationError('The repository has no place to keep backups.', {
			hint: 'Set a directory, an S3 bucket, or both.',
		});
	}
	return { stores, encryption: normalizeEncryption(settings.encryption) };
}
