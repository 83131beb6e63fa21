import { StoreError } from '../errors';
import { cancelled } from '../repository/cancellation';
import { assertDiskSpace } from '../repository/disk-space';
import type { Compression, Manifest } from '../repository/manifest';
import { assertBackupName, createBackupId } from '../repository/naming';
import { newestBackup } from '../repository/newest-backup';
import type { Repository } from '../repository/repository';
import { writeBackup } from '../repository/write-backup';
import { howToRestore } from './how-to-restore';
import { probeServer, type ServerProbe } from './probe';
import { ReplicationForbiddenError } from './replication/refusal';
import type { RedisServer } from './server';
import { explainSnapshotError } from './snapshot-error';
import { COMPONENT } from './snapshot-facts';
import { snapshotNameFor } from './snapshot-name';
import { openCommandsSource } from './snapshot-source/commands-source';
import { openReplicationSource } from './snapshot-source/replication-source';
import type { SnapshotSource } from './snapshot-source/snapshot-source';

/** How the data is read. `auto`: as a replica, or by commands from a server that forbids that. */
export type SnapshotMethod = 'auto' | 'replication' | 'commands';

export interface CreateSnapshotInput {
	server: RedisServer;
	repository: Repository;
	/** Name of the backup; by default made from the address of the server. */
	name?: string;
	compression: Compression;
	method: SnapshotMethod;
	/** Folder for the spool file; by default that of the system. */
	spoolDirectory?: string;
}

/**
 * `waiting`: the server has been asked, and prepares its snapshot. `receiving`: its bytes come in.
 * `storing`: they go into the repository.
 */
export type SnapshotPhase = 'preparing' | 'waiting' | 'receiving' | 'storing';

export interface CreateSnapshotContext {
	signal?: AbortSignal;
	n8n?: { workflowId: string; executionId: string };
	onProgress?: (progress: { rawBytes: number; phase: SnapshotPhase }) => void;
	/** How long the server may take to begin, in milliseconds; 10 minutes by default. */
	startTimeoutMs?: number;
	/** How long it may send nothing, in milliseconds; 90 seconds by default. */
	idleTimeoutMs?: number;
}

/**
 * Backs up all databases of a server. Resolves with the manifest once every store has confirmed its
 * copy, and the data was read to its end: checksum, structure, number of keys.
 *
 * Rejects with an error of `core/errors` in plain language; then nothing is left of it: no connection,
 * spool file or partial copy. Only `PartialBackupError` means that some stores do have the backup.
 */
export async function createSnapshot(
	input: CreateSnapshotInput,
	context: CreateSnapshotContext = {},
): Promise<Manifest> {
	try {
		return await snapshot(input, context);
	} catch (error) {
		// Where some stores have the backup, that is what has to be told.
		if (context.signal?.aborted && !(error instanceof StoreError)) throw cancelled('The backup');
		throw explainSnapshotError(error);
	}
}

async function snapshot(
	input: CreateSnapshotInput,
	context: CreateSnapshotContext,
): Promise<Manifest> {
	const startedAt = new Date();
	const { server, repository } = input;
	const { signal } = context;
	const name = input.name ?? snapshotNameFor(server);
	assertBackupName(name);
	context.onProgress?.({ phase: 'preparing', rawBytes: 0 });
	const probe = await probeServer(server, signal);
	const newest = await newestBackup(repository, { component: COMPONENT, name }, signal);
	await assertDiskSpace(repository.stores, {
		sourceBytes: probe.dataBytes ?? 0,
		newestBackupBytes: newest?.storedBytes,
	});

	const source = await openSource(input, context, probe);
	try {
		return await writeBackup(
			repository,
			{
				component: COMPONENT,
				name,
				id: createBackupId(name, source.consistencyPoint),
				consistencyPoint: source.consistencyPoint,
				startedAt,
				extension: source.extension,
				compression: input.compression,
				...(source.estimatedBytes !== undefined && { estimatedBytes: source.estimatedBytes }),
				source: source.payload,
				...(context.n8n && { n8n: context.n8n }),
				howToRestore: (decode) => howToRestore(source.restorable(), decode),
			},
			signal,
		);
	} finally {
		await source.close();
	}
}

async function openSource(
	input: CreateSnapshotInput,
	context: CreateSnapshotContext,
	probe: ServerProbe,
): Promise<SnapshotSource> {
	const { method } = input;
	if (method === 'commands' || (method === 'auto' && probe.replication === 'refused')) {
		return await openCommandsSource(input, context, probe);
	}
	try {
		return await openReplicationSource(input, context, probe);
	} catch (error) {
		if (method === 'replication' || !(error instanceof ReplicationForbiddenError)) throw error;
		return await openCommandsSource(input, context, probe);
	}
}
