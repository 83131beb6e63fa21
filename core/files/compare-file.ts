import { type BackupRef, readManifest } from '../repository/catalogue';
import { cancelled } from '../repository/cancellation';
import type { Digest } from '../repository/digest';
import { fingerprintOf } from '../repository/fingerprint';
import type { Repository } from '../repository/repository';
import { differenceOf } from '../repository/verified-payload';
import { compareEnv, type EnvChanges } from './env/env-fingerprint';
import type { FileSource } from './file-source';
import { COMPONENT } from './newest-file';
import { survey } from './survey';

export interface ComparedFile {
	/** Whether every byte is that of the backup, by size and SHA-256. */
	same: boolean;
	/** Of the file now. */
	digest: Digest;
	/** For env files that were both understood. */
	env?: EnvChanges;
	/** As sentences. */
	warnings: string[];
}

/**
 * Compares a file with what the manifest of a backup says of it; the payload is not read. Where that
 * was stored as an env file, tells which names differ, and never a value. Rejects with the errors of
 * `FileSource.open` and of `readManifest`, with `FileChangedError`, and with `CancelledError`.
 */
export async function compareFile(
	source: FileSource,
	repository: Repository,
	backup: BackupRef,
	signal?: AbortSignal,
): Promise<ComparedFile> {
	const manifest = await readManifest(repository, backup, signal);
	const recorded = fingerprintOf(manifest, COMPONENT)?.env;
	const file = await source.open();
	try {
		const isEnvFile = recorded !== undefined;
		const seen = await survey(file, { envFile: isEnvFile, ...(signal && { signal }) });
		const { digest, env, warnings } = seen;
		const same = differenceOf(manifest.payload.raw, digest) === undefined;
		if (!env || !recorded) return { same, digest, warnings };
		const changes = same
			? { added: [], removed: [], changed: [] }
			: await compareEnv(env, recorded, manifest, repository.encryption);
		return { same, digest, env: changes, warnings };
	} catch (error) {
		throw signal?.aborted ? cancelled('The comparison') : error;
	} finally {
		await file.close();
	}
}
