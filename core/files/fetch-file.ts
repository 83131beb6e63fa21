import type { Readable } from 'node:stream';
import { ConfigurationError } from '../errors';
import type { BackupRef } from '../repository/catalogue';
import { firstWholeCopy } from '../repository/first-whole-copy';
import { type FileFingerprint, fingerprintOf } from '../repository/fingerprint';
import type { Manifest } from '../repository/manifest';
import type { Repository } from '../repository/repository';
import { COMPONENT } from './newest-file';
import { type PlacedFile, placeFile } from './place-file';

/** Readable by its owner; less where the file itself had less. */
const MODE = 0o600;

/** A file that has come back whole. */
export interface FetchedFile<Result> {
	manifest: Manifest;
	/** Label of the store that it came from. */
	store: string;
	result: Result;
	/** As sentences. */
	warnings: string[];
}

/** What the manifest of a file says of it. */
export interface FileToFetch {
	manifest: Manifest;
	fingerprint: FileFingerprint;
	/** Fails where a single byte is not what was stored; so what was made of it counts at its end only. */
	stream: Readable;
}

/**
 * Hands the content of a backed up file to `take`, from the first store that has it whole. Rejects with
 * `IntegrityError` where none has, with `ConfigurationError` where the backup is of no file, with
 * `CancelledError`, as `openPayload` does, and with the errors of `take`.
 */
export async function fetchFile<Result>(
	repository: Repository,
	backup: BackupRef,
	take: (file: FileToFetch) => Promise<Result>,
	signal?: AbortSignal,
): Promise<FetchedFile<Result>> {
	const { result, warnings } = await firstWholeCopy(
		repository,
		backup,
		async ({ manifest, store, stream }) => {
			const fingerprint = fingerprintOf(manifest, COMPONENT);
			if (!fingerprint) throw notAFile(manifest);
			return { manifest, store, result: await take({ manifest, fingerprint, stream }) };
		},
		signal,
	);
	return { ...result, warnings };
}

export interface FetchToPathInput {
	repository: Repository;
	backup: BackupRef;
	/** Absolute and without links in it. */
	path: string;
	/** Keeps a file that is there already beside the new one. */
	keepReplaced: boolean;
	/** See `Placement`. */
	assertAllowed?: () => Promise<void>;
}

/**
 * Brings a file back to a path, with the mode 600, or less where it had less. What is there stays as it
 * is until the content has been verified whole. Rejects as `fetchFile` and `placeFile` do.
 */
export async function fetchToPath(
	{ repository, backup, ...place }: FetchToPathInput,
	signal?: AbortSignal,
): Promise<FetchedFile<PlacedFile>> {
	const fetched = await fetchFile(
		repository,
		backup,
		async ({ manifest, fingerprint, stream }) => {
			const mode = parseInt(fingerprint.mode ?? '600', 8) & MODE;
			const { raw } = manifest.payload;
			return await placeFile(stream, { ...place, mode, content: raw }, signal);
		},
		signal,
	);
	return { ...fetched, warnings: [...fetched.warnings, ...fetched.result.warnings] };
}

function notAFile({ id, component }: Manifest): ConfigurationError {
	return new ConfigurationError(`The backup ${id} is of ${component}, not of a file.`, {
		hint: 'Choose the backup of a file.',
	});
}
