import { Readable } from 'node:stream';
import type { Redis } from 'ioredis';
import { BackupError, DisasterRecoveryError, StoreError } from '../../errors';
import { errorMessage } from '../../network/connection-errors';
import { isForbidden } from '../../redis/command-errors';
import { connect } from '../../redis/connection';
import { isLostConnection } from '../../redis/probe';
import { refusedCommand } from '../../redis/refused-transaction';
import type { RedisServer } from '../../redis/server';
import { ServerInfo } from '../../redis/server-info';
import { snapshotNameFor } from '../../redis/snapshot-name';
import { cancelled } from '../../repository/cancellation';
import { assertDiskSpace } from '../../repository/disk-space';
import type { Compression, Manifest } from '../../repository/manifest';
import { assertBackupName, backupNameFor, createBackupId } from '../../repository/naming';
import { newestBackup } from '../../repository/newest-backup';
import type { Repository } from '../../repository/repository';
import { tool } from '../../repository/tool';
import { type SourceFacts, writeBackup } from '../../repository/write-backup';
import { COMPONENT, toProperties } from './export-facts';
import { findQueue } from './find-queue';
import { howToRestore } from './how-to-restore';
import { JobCounts } from './job-counts';
import { encodeJob } from './job-line';
import { keyOf, QUEUE_ROLES, qualifiedName, type QueueNames } from './queue-name';
import { JobReader } from './read-jobs';

export interface ExportQueueInput {
	server: RedisServer;
	repository: Repository;
	/** What stands before the name in the keys of the queue; looked for where it is not given. */
	prefix?: string;
	queue: string;
	/** The queue with the jobs that were given up, below the same prefix; `<queue>:dead` by default. */
	deadLetterQueue?: string;
	/** Name of the backup; by default made from the server and the queue. */
	name?: string;
	compression: Compression;
}

export interface ExportQueueContext {
	signal?: AbortSignal;
	n8n?: { workflowId: string; executionId: string };
	/** Told how many jobs have been read. */
	onProgress?: (progress: { jobs: number }) => void;
}

/** Of a queue as a whole. */
interface QueueState {
	paused: boolean;
	/** What wrote to it last, e.g. `bullmq:5.34.0`; empty where that is not known. */
	library: string;
}

/**
 * Backs up the jobs of a queue and of its dead-letter queue, in every state, and writes nothing to the
 * server. Resolves with the manifest once every store has confirmed its copy.
 *
 * Rejects with an error of `core/errors` in plain language; then nothing is left of it. Only
 * `PartialBackupError` means that some stores do have the backup.
 */
export async function exportQueue(
	input: ExportQueueInput,
	context: ExportQueueContext = {},
): Promise<Manifest> {
	try {
		return await connectAndExport(input, context);
	} catch (error) {
		// Where some stores have the backup, that is what has to be told.
		if (context.signal?.aborted && !(error instanceof StoreError)) throw cancelled('The export');
		throw explain(error);
	}
}

async function connectAndExport(
	input: ExportQueueInput,
	context: ExportQueueContext,
): Promise<Manifest> {
	const { server, repository, queue, prefix } = input;
	const name = input.name ?? backupNameFor(`${snapshotNameFor(server)}-${queue}`);
	assertBackupName(name);
	const newest = await newestBackup(repository, { component: COMPONENT, name }, context.signal);
	await assertDiskSpace(repository.stores, {
		...{ sourceBytes: 0, newestBackupBytes: newest?.storedBytes },
	});
	const client = await connect(server, context.signal);
	try {
		const main = await findQueue(client, server, {
			...{ name: queue, ...(prefix !== undefined && { prefix }) },
		});
		const dead = { prefix: main.prefix, name: input.deadLetterQueue ?? `${queue}:dead` };
		return await write({ ...input, name }, context, client, { main, dead });
	} finally {
		client.disconnect();
	}
}

async function write(
	{ server, repository, name, compression }: ExportQueueInput & { name: string },
	{ signal, n8n, onProgress }: ExportQueueContext,
	client: Redis,
	queues: QueueNames,
): Promise<Manifest> {
	const consistencyPoint = new Date();
	const serverVersion = await versionOf(client);
	const states = {
		main: await stateOf(client, queues.main),
		dead: await stateOf(client, queues.dead),
	};
	const counts = new JobCounts();
	const lines = async function* () {
		try {
			for (const role of QUEUE_ROLES) {
				const below = role === 'main' ? queues.dead : undefined;
				const reader = new JobReader(client, server, queues[role], below);
				for await (const jobs of reader.jobs()) {
					for (const { state } of jobs) counts.add(role, state);
					yield Buffer.from(jobs.map((job) => encodeJob(role, job)).join(''));
					onProgress?.({ jobs: counts.total });
				}
			}
		} catch (error) {
			throw explain(error);
		}
	};
	const complete = async (): Promise<SourceFacts> => ({
		engine: { name: 'queue reader', version: tool.version },
		source: {
			serverVersion,
			database: String(server.database),
			properties: { ...toProperties(queues), library: states.main.library },
		},
		options: {},
		fingerprint: {
			...{ component: COMPONENT, consistency: 'fuzzy' },
			queues: {
				main: describe('main', queues, states, counts),
				dead: describe('dead', queues, states, counts),
			},
		},
		warnings: warningsAbout(counts, consistencyPoint),
	});
	return await writeBackup(
		repository,
		{
			...{ component: COMPONENT, name, id: createBackupId(name, consistencyPoint) },
			...{ consistencyPoint, startedAt: consistencyPoint, extension: 'ndjson', compression },
			source: { stream: Readable.from(lines(), { objectMode: false }), complete },
			...(n8n && { n8n }),
			howToRestore: (decode) => howToRestore(queues, decode),
		},
		signal,
	);
}

function describe(
	role: keyof QueueNames,
	queues: QueueNames,
	states: Readonly<Record<keyof QueueNames, QueueState>>,
	counts: JobCounts,
) {
	const { paused } = states[role];
	return { name: qualifiedName(queues[role]), paused, jobs: counts.of(role) };
}

function warningsAbout(counts: JobCounts, since: Date): string[] {
	const lost = QUEUE_ROLES.reduce((sum, role) => sum + (counts.of(role).unknown ?? 0), 0);
	return [
		`This export is fuzzy: each job is as it was at one instant, but they were read one after the other, from ${since.toISOString()} to ${new Date().toISOString()}. Jobs that came or went meanwhile may be in it or not.`,
		...(lost > 0
			? [
					`Jobs that are in no list of their queue, so that no worker will take them: ${lost}. They are in the export with the state "unknown".`,
				]
			: []),
	];
}

async function stateOf(client: Redis, queue: QueueNames['main']): Promise<QueueState> {
	const [paused, library] = await client.hmget(keyOf(queue, 'meta'), 'paused', 'version');
	return { paused: paused !== null && paused !== undefined, library: library ?? '' };
}

async function versionOf(client: Redis): Promise<string> {
	try {
		const info = new ServerInfo(await client.info());
		return info.get('valkey_version') ?? info.get('redis_version') ?? 'unknown';
	} catch (error) {
		if (isForbidden(error)) return 'unknown';
		throw error;
	}
}

/** What an error means, for errors that come from the driver and not from this code. */
function explain(failure: unknown): DisasterRecoveryError {
	if (failure instanceof DisasterRecoveryError) return failure;
	const error = refusedCommand(failure);
	if (isLostConnection(error)) {
		return new BackupError('The connection to the Redis server was lost during the export.', {
			hint: 'Nothing was stored. Check that the server runs, then export again.',
			cause: error,
		});
	}
	if (isForbidden(error)) {
		return new BackupError(
			`The Redis server does not let this user read the queue: ${errorMessage(error)}.`,
			{
				hint: 'Nothing was stored. Give the user the rights for it: ACL SETUSER … +ping +info +scan +exists +multi +exec +lrange +lpos +zrange +zscore +hmget +hgetall %R~bull:*',
				cause: error,
			},
		);
	}
	return new BackupError(`The export failed: ${errorMessage(error)}`, {
		hint: 'Nothing was stored. Mend the cause, then export again.',
		cause: error,
	});
}
