import { DatabaseError } from 'pg';
import { StoreError } from '../errors';
import { cancelled } from '../repository/cancellation';
import { assertDiskSpace } from '../repository/disk-space';
import type { Compression, Manifest } from '../repository/manifest';
import { assertBackupName, backupNameFor, createBackupId } from '../repository/naming';
import type { Repository } from '../repository/repository';
import { writeBackup } from '../repository/write-backup';
import type { PostgresServer } from './connection';
import { lookAtEarlier } from './earlier-backups';
import { explainDumpError } from './dump-error';
import { openDumpSession } from './dump-session';
import { startDump } from './dump-source';
import { type EngineChoice, selectEngine } from './engines/select';
import { howToRestore } from './how-to-restore';
import { nameLockHolder } from './lock-holders';
import { assertReadable, assertSupported } from './preflight';
import { listRelations, listSchemaNames } from './relations';
import { type DumpSelection, resolveSelection } from './selection';
import { readServerFacts } from './server-facts';
import { startPulse } from './pulse';
import { openSnapshot } from './snapshot';

const COMPONENT = 'postgres';
const STALL_AFTER_MS = 5 * 60_000;

export interface CreateDumpInput {
	/** Its `database` is the one that is dumped. */
	server: PostgresServer;
	repository: Repository;
	/** Name of the backup; by default made from the name of the database. */
	name?: string;
	selection: DumpSelection;
	compression: Compression;
	/** `auto`: up to 5 GB of tables. */
	checksums: 'auto' | 'always' | 'never';
	engine: EngineChoice;
	/** The only folder where native programs are looked for, if given. */
	binariesDirectory?: string;
	lockTimeoutSeconds: number;
}

export type DumpPhase = 'preparing' | 'locking' | 'dumping';

export interface CreateDumpContext {
	signal?: AbortSignal;
	n8n?: { workflowId: string; executionId: string };
	onProgress?: (progress: { rawBytes: number; phase: DumpPhase }) => void;
	/** How long no byte may come from pg_dump, in milliseconds; 5 minutes by default. */
	stallAfterMs?: number;
	/** How long the server may give no sign of life, in milliseconds; 2 minutes by default. */
	silentAfterMs?: number;
}

/**
 * Backs up one database: the archive of pg_dump, proved against counts from the very snapshot that was
 * dumped. Resolves with the manifest once every store has confirmed its copy.
 *
 * Rejects with an error of `core/errors` in plain language; then nothing is left of it: no process,
 * session or partial copy. Only `PartialBackupError` means that some stores do have the backup.
 */
export async function createDump(
	input: CreateDumpInput,
	context: CreateDumpContext = {},
): Promise<Manifest> {
	const stop = new AbortController();
	const signal = context.signal ? AbortSignal.any([context.signal, stop.signal]) : stop.signal;
	const pulse = startPulse(input.server, {
		silentAfterMs: context.silentAfterMs,
		onSilent: (error) => stop.abort(error),
	});
	try {
		return await dump(input, context, stop, signal);
	} catch (error) {
		// Where some stores have the backup, that is what has to be told.
		if (context.signal?.aborted && !(error instanceof StoreError)) throw cancelled('The backup');
		throw explainDumpError(stop.signal.aborted ? stop.signal.reason : error);
	} finally {
		pulse.stop();
	}
}

async function dump(
	input: CreateDumpInput,
	context: CreateDumpContext,
	stop: AbortController,
	signal: AbortSignal,
): Promise<Manifest> {
	const startedAt = new Date();
	const { server, repository, selection } = input;
	const name = input.name ?? backupNameFor(server.database);
	assertBackupName(name);
	const report = (phase: DumpPhase, rawBytes = 0) => context.onProgress?.({ phase, rawBytes });

	report('preparing');
	const session = await openDumpSession(server, signal);
	try {
		const { client } = session;
		// Why the server ends a session that asks nothing is said only here.
		client.on('error', (lost) => {
			if (lost instanceof DatabaseError) stop.abort(explainDumpError(lost));
		});
		const facts = await readServerFacts(client);
		assertSupported(facts);
		const engine = await selectEngine(input.engine, facts.major, input.binariesDirectory);
		const resolve = async () => {
			const [schemas, relations] = [await listSchemaNames(client), await listRelations(client)];
			const scope = resolveSelection(selection, { ...facts, schemas, relations });
			assertReadable(scope, facts, server.user);
			return scope;
		};
		const earlier = await lookAtEarlier(repository, { component: COMPONENT, name }, facts, signal);
		await assertDiskSpace(repository.stores, {
			sourceBytes: facts.databaseBytes,
			newestBackupBytes: earlier.storedBytes,
		});

		report('locking');
		const { lockTimeoutSeconds } = input;
		const snapshot = await openSnapshot(client, { lockTimeoutSeconds, resolve });
		const running = startDump({
			...{ server, engine, facts, snapshot, client, signal },
			...{ lockTimeoutSeconds, checksums: input.checksums, warnings: earlier.warnings },
			options: { ...selectionFacts(selection), checksums: input.checksums, lockTimeoutSeconds },
			stallAfterMs: context.stallAfterMs ?? STALL_AFTER_MS,
			onBytes: (bytes) => report('dumping', bytes),
			fail: (error) => stop.abort(error),
		});
		try {
			return await writeBackup(
				repository,
				{
					component: COMPONENT,
					name,
					id: createBackupId(name, snapshot.consistencyPoint),
					consistencyPoint: snapshot.consistencyPoint,
					startedAt,
					extension: 'dump',
					compression: input.compression,
					estimatedBytes: facts.databaseBytes,
					source: running.source,
					...(context.n8n && { n8n: context.n8n }),
					howToRestore: (decode) =>
						howToRestore({ ...facts, archiveVersion: running.archiveVersion() }, decode),
				},
				signal,
			);
		} catch (failure) {
			const error = await nameLockHolder(server, snapshot.scope.relations, failure);
			// The session may be in the middle of a long count, which only a cut connection ends.
			stop.abort(error);
			throw error;
		} finally {
			await running.end();
		}
	} finally {
		await session.close();
	}
}

/** The selection as the manifest records it. */
function selectionFacts(selection: DumpSelection) {
	return {
		includeSchemas: [...selection.includeSchemas],
		excludeSchemas: [...selection.excludeSchemas],
		includeTables: [...selection.includeTables],
		excludeTables: [...selection.excludeTables],
		excludeTableData: [...selection.excludeTableData],
		blobs: selection.blobs,
	};
}
