import type { IDataObject } from 'n8n-workflow';
import type { StoredFile } from '../../core/files/store-file';
import { envNames, envWarnings } from './env-names';

/** What the item says of a file after it was stored, or did not have to be. */
export function storedFacts({ manifest, env, warnings, ...result }: StoredFile): IDataObject {
	const { payload } = manifest;
	return {
		changed: result.changed,
		stored: result.stored,
		backupId: manifest.id,
		name: manifest.name,
		consistencyPoint: manifest.consistencyPoint,
		previousBackupId: result.previousId ?? null,
		...envNames(env),
		bytes: payload.raw.bytes,
		sha256: payload.raw.sha256,
		storedBytes: payload.stored.bytes,
		compression: payload.compression.algorithm,
		encryption: payload.encryption.kind,
		storedIn: manifest.storedIn,
		warnings: [...warnings, ...envWarnings(env)],
	};
}
