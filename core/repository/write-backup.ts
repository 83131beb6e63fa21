import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BackupError, ConfigurationError, DisasterRecoveryError } from '../errors';
import { encryption } from './age';
import { cancelled } from './cancellation';
import { commitManifest, PartialBackupError } from './commit';
import { assertCompression, compressionExtension, compressor } from './compression';
import { decodeCommand } from './decode-command';
import { DigestStream } from './digest';
import { describeEncryption, encrypterFor, encryptionExtension } from './encryption';
import { Copy, fanOut, noCopyLeft } from './fan-out';
import type { Compression, Manifest } from './manifest';
import { backupPrefix } from './naming';
import { reasonOf } from './reason';
import type { Repository } from './repository';
import { tool } from './tool';

/** What only the source can tell about the backup, once it has been read to its end. */
export type SourceFacts = Pick<
	Manifest,
	'engine' | 'source' | 'options' | 'fingerprint' | 'warnings'
>;

/** Where the payload comes from. */
export interface PayloadSource {
	/** The raw payload. */
	readonly stream: Readable;
	/** Told of every chunk of `stream` that is not needed any more. */
	release?(chunk: Buffer): void;
	/** Called after the last byte has left `stream`; rejects when the source was not whole. */
	complete(): Promise<SourceFacts>;
}

export interface WriteRequest {
	component: string;
	name: string;
	id: string;
	consistencyPoint: Date;
	startedAt: Date;
	/** Of the raw payload, without a dot: `dump`. */
	extension: string;
	compression: Compression;
	/** A guess at the size of the raw payload, in bytes. */
	estimatedBytes?: number;
	source: PayloadSource;
	n8n?: { workflowId: string; executionId: string };
	/** The restore in shell lines; `decode` writes the raw payload to standard output. */
	howToRestore: (decode: string) => string[];
}

/**
 * Streams a payload into every store of the repository, and commits it where all went well. Returns
 * the manifest when every store has the backup.
 *
 * Rejects with the source's own error, `BackupError`, `CancelledError`, `ConflictError` (another run
 * has this id) or `StoreError`, all of which leave nothing behind; or with `PartialBackupError`
 * when some stores have the backup and others do not.
 */
export async function writeBackup(
	repository: Repository,
	request: WriteRequest,
	signal?: AbortSignal,
): Promise<Manifest> {
	const { source } = request;
	// The source may fail while the stores are still being opened; pipeline() reports it afterwards.
	source.stream.on('error', () => undefined);
	let copies: readonly Copy[] = [];
	try {
		const payload = describePayload(repository, request);
		const prefix = backupPrefix(request);
		signal?.throwIfAborted();
		copies = await openCopies(repository, prefix + payload.file, request, signal);
		const digests = await transfer(repository, request, copies, signal);
		const facts = await source.complete();
		await Promise.all(copies.map((copy) => copy.commit(digests.stored.bytes)));
		if (!copies.some((copy) => copy.alive)) throw noCopyLeft(copies);
		// The last moment for a cancellation: what follows makes the backup exist.
		signal?.throwIfAborted();
		const manifest = describeBackup(request, { ...payload, ...digests }, facts, copies);
		await commitManifest(prefix, manifest, copies);
		return manifest;
	} catch (error) {
		source.stream.destroy();
		await Promise.all(copies.map((copy) => copy.discard(error)));
		throw withLeftovers(explain(error, signal), copies);
	}
}

type PayloadDescription = Pick<Manifest['payload'], 'file' | 'compression' | 'encryption'>;

function describePayload(repository: Repository, request: WriteRequest): PayloadDescription {
	const { id, extension, compression } = request;
	assertCompression(compression);
	if (!/^[a-z0-9]{1,16}$/.test(extension)) {
		throw new ConfigurationError(`${JSON.stringify(extension)} cannot be a file extension.`, {
			hint: 'Use 1 to 16 lower-case letters and digits, without a dot.',
		});
	}
	const encryption = describeEncryption(repository.encryption);
	const codecs = compressionExtension(compression) + encryptionExtension(repository.encryption);
	// The random part keeps two runs with the same id from ever sharing a key.
	const file = `${id}-${randomBytes(6).toString('hex')}.${extension}${codecs}`;
	return { file, compression, encryption };
}

async function openCopies(
	repository: Repository,
	key: string,
	{ estimatedBytes }: WriteRequest,
	signal: AbortSignal | undefined,
): Promise<readonly Copy[]> {
	const copies = await Promise.all(
		repository.stores.map((store) => Copy.open(store, key, { estimatedBytes, signal })),
	);
	if (!copies.some((copy) => copy.alive)) throw noCopyLeft(copies);
	return copies;
}

async function transfer(
	repository: Repository,
	request: WriteRequest,
	copies: readonly Copy[],
	signal: AbortSignal | undefined,
): Promise<Pick<Manifest['payload'], 'raw' | 'stored'>> {
	const raw = new DigestStream();
	const stored = new DigestStream();
	await pipeline(
		request.source.stream,
		raw,
		compressor(request.compression, (chunk) => request.source.release?.(chunk)),
		encryption(encrypterFor(repository.encryption)),
		stored,
		fanOut(copies),
		{ signal },
	);
	return { raw: raw.digest, stored: stored.digest };
}

function describeBackup(
	request: WriteRequest,
	payload: Manifest['payload'],
	facts: SourceFacts,
	copies: readonly Copy[],
): Manifest {
	return {
		id: request.id,
		component: request.component,
		name: request.name,
		consistencyPoint: request.consistencyPoint.toISOString(),
		startedAt: request.startedAt.toISOString(),
		finishedAt: new Date().toISOString(),
		tool,
		engine: facts.engine,
		source: facts.source,
		options: facts.options,
		payload,
		fingerprint: facts.fingerprint,
		storedIn: copies.filter((copy) => copy.alive).map((copy) => copy.store.label),
		n8n: request.n8n,
		warnings: facts.warnings,
		howToRestore: request.howToRestore(decodeCommand(payload)),
	};
}

function explain(error: unknown, signal: AbortSignal | undefined): DisasterRecoveryError {
	if (error instanceof PartialBackupError) return error;
	if (signal?.aborted) return cancelled('The backup');
	if (error instanceof DisasterRecoveryError) return error;
	return new BackupError(`The data could not be backed up: ${reasonOf(error)}`, {
		hint: 'Nothing was stored. Mend the cause, then run the backup again.',
		cause: error,
	});
}

/** What nobody knows of lies in a bucket for ever, and is paid for. */
function withLeftovers(
	error: DisasterRecoveryError,
	copies: readonly Copy[],
): DisasterRecoveryError {
	const stores = copies.flatMap(({ leftover, store }) => (leftover ? [store.label] : []));
	if (stores.length > 0) {
		error.message = `${error.message} What was begun in ${stores.join(' and ')} could not be removed: it takes space, but is no backup.`;
	}
	return error;
}
