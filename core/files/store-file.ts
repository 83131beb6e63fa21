import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError, StoreError } from '../errors';
import { cancelled } from '../repository/cancellation';
import { DigestStream } from '../repository/digest';
import { type FileFingerprint, fingerprintOf } from '../repository/fingerprint';
import type { Compression, Manifest } from '../repository/manifest';
import { assertBackupName, backupNameFor, createBackupId } from '../repository/naming';
import { nextSecond } from '../repository/next-second';
import type { Repository } from '../repository/repository';
import { tool } from '../repository/tool';
import { differenceOf } from '../repository/verified-payload';
import { type PayloadSource, writeBackup } from '../repository/write-backup';
import { compareEnv, type EnvChanges, fingerprintEnv } from './env/env-fingerprint';
import { FileChangedError, type FileSource, type OpenFile } from './file-source';
import { howToRestore } from './how-to-restore';
import { COMPONENT, newestFile } from './newest-file';
import { type Survey, survey } from './survey';

const ATTEMPTS = 5;
const PAUSE_MS = 200;

export interface StoreFileInput {
	source: FileSource;
	repository: Repository;
	/** Name of the backup; by default made from the name of the file. */
	name?: string;
	/** Stores nothing where the newest backup has the same content. */
	onlyWhenChanged: boolean;
	/** Notes the names in an env file, and locked hashes of their values. */
	envFile: boolean;
	compression: Compression;
}

export interface StoreFileContext {
	signal?: AbortSignal;
	n8n?: { workflowId: string; executionId: string };
}

export interface StoredFile {
	/** Whether the content differs from that of the newest backup before; true for the first. */
	changed: boolean;
	/** Whether this run has made a backup. */
	stored: boolean;
	/** Of the backup that has the content now. */
	manifest: Manifest;
	/** Id of the newest backup before. */
	previousId?: string;
	/** Against that one, for env files that were both understood. */
	env?: EnvChanges;
	/** As sentences. */
	warnings: string[];
}

/**
 * Backs up a file. It is read twice, and stored only where both readings are of the same bytes. Two
 * runs at once do not harm each other: the later one takes the next id, or finds nothing to store.
 *
 * Rejects with the errors of `FileSource.open`, with `FileChangedError` where somebody keeps writing to
 * it, with `ConfigurationError`, and with those of `writeBackup`; only `PartialBackupError` means that
 * some stores do have the backup.
 */
export async function storeFile(
	input: StoreFileInput,
	context: StoreFileContext = {},
): Promise<StoredFile> {
	const { signal } = context;
	const name = input.name ?? backupNameFor(input.source.fileName);
	assertBackupName(name);
	try {
		for (let attempt = 1; ; attempt++) {
			signal?.throwIfAborted();
			try {
				return await storeOnce(input, name, context);
			} catch (error) {
				const mayPass = error instanceof ConflictError || error instanceof FileChangedError;
				if (!mayPass || attempt === ATTEMPTS) throw error;
				await sleep(PAUSE_MS, undefined, { signal });
			}
		}
	} catch (error) {
		// Where some stores have the backup, that is what has to be told.
		if (signal?.aborted && !(error instanceof StoreError)) throw cancelled('The backup');
		throw error;
	}
}

async function storeOnce(
	input: StoreFileInput,
	name: string,
	context: StoreFileContext,
): Promise<StoredFile> {
	const { source, repository, envFile } = input;
	const { signal } = context;
	const file = await source.open();
	try {
		const seen = await survey(file, { envFile, ...(signal && { signal }) });
		const newest = await newestFile(repository, name, signal);
		const { manifest: previous, incomplete } = newest;
		const changed = !previous || differenceOf(previous.payload.raw, seen.digest) !== undefined;
		const warnings = [...seen.warnings, ...newest.warnings];
		const comparison = {
			changed,
			...(newest.entry && { previousId: newest.entry.id }),
			...(previous && (await envChanges(seen, previous, changed, repository))),
		};
		if (previous && !changed && input.onlyWhenChanged && incomplete === undefined) {
			return { ...comparison, stored: false, manifest: previous, warnings };
		}
		if (newest.entry) await nextSecond(newest.entry.consistencyPoint, signal);
		const manifest = await write(input, name, file, seen, context);
		const again = !changed && input.onlyWhenChanged ? [incomplete ?? ''] : [];
		return { ...comparison, stored: true, manifest, warnings: [...warnings, ...again] };
	} finally {
		await file.close();
	}
}

/** Opens nothing where the content is the same. */
async function envChanges(
	{ env }: Survey,
	previous: Manifest,
	changed: boolean,
	{ encryption }: Repository,
): Promise<{ env?: EnvChanges }> {
	const recorded = fingerprintOf(previous, 'file')?.env;
	if (!env || !recorded) return {};
	if (!changed) return { env: { added: [], removed: [], changed: [] } };
	return { env: await compareEnv(env, recorded, previous, encryption) };
}

async function write(
	{ source, repository, compression, onlyWhenChanged, envFile }: StoreFileInput,
	name: string,
	file: OpenFile,
	{ digest, env, warnings }: Survey,
	{ signal, n8n }: StoreFileContext,
): Promise<Manifest> {
	const startedAt = new Date();
	const fingerprint: FileFingerprint = {
		component: COMPONENT,
		fileName: source.fileName,
		...(file.mode !== undefined && { mode: file.mode }),
		...(isCalendarDate(file.modifiedAt) && { modifiedAt: file.modifiedAt.toISOString() }),
		...(env && { env: await fingerprintEnv(env, repository.encryption) }),
	};
	const changed = () => new FileChangedError(source.fileName);
	const second = new DigestStream(
		(found) => {
			if (differenceOf(digest, found) !== undefined) throw changed();
		},
		{ bytes: digest.bytes, exceeded: changed },
	);
	pipeline(await file.read(), second, () => {
		// writeBackup() hears of every failure through `second`.
	});
	const payload: PayloadSource = {
		stream: second,
		complete: async () => {
			await file.assertUnchanged();
			return {
				engine: tool,
				source: { serverVersion: '', properties: {} },
				options: { onlyWhenChanged, envFile },
				fingerprint,
				warnings,
			};
		},
	};
	return await writeBackup(
		repository,
		{
			...{ component: COMPONENT, name, id: createBackupId(name, startedAt) },
			...{ consistencyPoint: startedAt, startedAt, extension: 'file', compression },
			estimatedBytes: digest.bytes,
			source: payload,
			...(n8n && { n8n }),
			howToRestore: (decode) => howToRestore(fingerprint, digest.sha256, decode),
		},
		signal,
	);
}

/** A file system can hold times that a manifest cannot. */
function isCalendarDate(at: Date | undefined): at is Date {
	const year = at?.getUTCFullYear() ?? NaN;
	return year >= 1 && year <= 9999;
}
