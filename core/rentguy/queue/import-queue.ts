import type { Redis } from 'ioredis';
import {
	CancelledError,
	ConfigurationError,
	DisasterRecoveryError,
	RestoreError,
} from '../../errors';
import { errorMessage } from '../../network/connection-errors';
import { connect } from '../../redis/connection';
import { isLostConnection } from '../../redis/probe';
import { refusedCommand } from '../../redis/refused-transaction';
import type { RedisServer } from '../../redis/server';
import type { BackupRef } from '../../repository/catalogue';
import type { Repository } from '../../repository/repository';
import { compareWithQueue } from './compare-with-queue';
import { type FetchedExport, fetchExport, jobsOf } from './fetch-export';
import { whyLeftOut } from './import-plan';
import { ImportTally, type QueueTally } from './import-tally';
import { importWarnings } from './import-warnings';
import type { JobLine } from './job-line';
import { keyOf, QUEUE_ROLES, qualifiedName, type QueueName, type QueueNames } from './queue-name';
import { QueueWriter } from './queue-writer';

/** Jobs that are put back in one transaction. */
const BATCH_JOBS = 200;
const BATCH_BYTES = 4 * 1024 * 1024;
/** From this version on, BullMQ keeps the jobs of a queue in one list whether or not it is paused. */
const ONE_LIST_SINCE = 6;

export interface ImportQueueInput {
	server: RedisServer;
	repository: Repository;
	backup: BackupRef;
	/** Where the jobs go instead of where they came from. */
	prefix?: string;
	queue?: string;
	deadLetterQueue?: string;
	/** Whether failed jobs are put back too; they wait for another attempt then. */
	withFailed: boolean;
	/** Only says what would be done. */
	dryRun: boolean;
	/** Where the export is kept meanwhile; the system's own folder by default. */
	temporaryDirectory?: string;
}

export interface ImportQueueContext {
	signal?: AbortSignal;
	/** Told how many jobs have been looked at. */
	onProgress?: (progress: { phase: 'reading' | 'importing'; jobs: number }) => void;
}

export interface ImportQueueResult {
	backupId: string;
	dryRun: boolean;
	/** Jobs that were put back; none in a dry run. */
	putBack: number;
	/** Jobs to put back that the queue did not have. */
	missing: number;
	/** Jobs that the queue had already, in whatever state; they stay as they are. */
	alreadyThere: number;
	/** Jobs whose id another job has by now. */
	idTaken: number;
	/** Jobs that are not meant to be put back, of all kinds. */
	leftOut: number;
	queues: QueueTally[];
	warnings: string[];
}

/**
 * Puts the pending jobs of an export back that the queue does not have, each in one step and under its
 * old id. The export is read to its end before the first one. Running it again goes on where it ended.
 *
 * Rejects with an error of `core/errors`; the message says how many jobs were put back until then.
 */
export async function importQueue(
	input: ImportQueueInput,
	context: ImportQueueContext = {},
): Promise<ImportQueueResult> {
	const { server, repository, backup, temporaryDirectory } = input;
	const { signal } = context;
	context.onProgress?.({ phase: 'reading', jobs: 0 });
	const fetched = await fetchExport(repository, backup, {
		...(temporaryDirectory !== undefined && { temporaryDirectory }),
		...(signal && { signal }),
	});
	const tally = new ImportTally();
	try {
		const client = await connect(server, signal);
		try {
			return await importInto(client, fetched, input, tally, context);
		} finally {
			client.disconnect();
		}
	} catch (error) {
		throw explain(error, tally, signal);
	} finally {
		await fetched.file.close();
	}
}

async function importInto(
	client: Redis,
	fetched: FetchedExport,
	input: ImportQueueInput,
	tally: ImportTally,
	{ onProgress }: ImportQueueContext,
): Promise<ImportQueueResult> {
	const queues = targetOf(fetched.queues, input);
	for (const role of QUEUE_ROLES) await refuseIfPaused(client, queues[role]);
	const writers = input.dryRun ? undefined : await openWriters(client, queues, fetched);
	try {
		for await (const { queue: role, jobs } of batchesOf(fetched, input.withFailed, tally)) {
			const comparison = writers
				? await writers[role].putBack(jobs)
				: await compareWithQueue(client, queues[role], jobs);
			tally.note(role, comparison, writers !== undefined);
			onProgress?.({ phase: 'importing', jobs: tally.totals.seen });
		}
	} finally {
		for (const role of QUEUE_ROLES) await writers?.[role].close();
	}
	const { seen, ...totals } = tally.totals;
	const tallies = QUEUE_ROLES.map((role) => tally.of(role, qualifiedName(queues[role])));
	return {
		...{ backupId: fetched.manifest.id, dryRun: input.dryRun, ...totals, queues: tallies },
		warnings: [
			...fetched.warnings,
			...importWarnings(tallies, fetched, input, await arePaused(client, queues)),
		],
	};
}

function targetOf(
	source: QueueNames,
	{ prefix = source.main.prefix, queue = source.main.name, deadLetterQueue }: ImportQueueInput,
): QueueNames {
	// A queue of another name has a dead-letter queue of its own.
	const usual = queue === source.main.name ? source.dead.name : `${queue}:dead`;
	const main = { prefix, name: queue };
	const dead = { prefix, name: deadLetterQueue ?? usual };
	if (main.name !== dead.name) return { main, dead };
	throw new ConfigurationError('The queue and its dead-letter queue have the same name.', {
		hint: 'Give the dead-letter queue its own name, or leave it empty.',
	});
}

async function openWriters(client: Redis, queues: QueueNames, { highestIds }: FetchedExport) {
	const open = async (role: keyof QueueNames) => {
		const writer = QueueWriter.open(client, queues[role]);
		await writer.reserveIds(highestIds[role]);
		return writer;
	};
	return { main: await open('main'), dead: await open('dead') };
}

/** Older versions of BullMQ throw the one list away when the queue goes on, and keep the other. */
async function refuseIfPaused(client: Redis, queue: QueueName): Promise<void> {
	const [paused, library] = await client.hmget(keyOf(queue, 'meta'), 'paused', 'version');
	const version = Number(/^bullmq:(\d+)\./.exec(library ?? '')?.[1] ?? 0);
	if (typeof paused !== 'string' || version >= ONE_LIST_SINCE) return;
	throw new ConfigurationError(`The queue ${qualifiedName(queue)} is paused.`, {
		hint: 'Its version of BullMQ can lose jobs that are added meanwhile. Resume the queue, then import.',
	});
}

async function arePaused(client: Redis, { main, dead }: QueueNames) {
	const isPaused = async (queue: QueueName) =>
		(await client.hexists(keyOf(queue, 'meta'), 'paused')) === 1;
	return { main: await isPaused(main), dead: await isPaused(dead) };
}

/** Jobs of one queue that are to be put back; the others go into the tally. */
async function* batchesOf(fetched: FetchedExport, withFailed: boolean, tally: ImportTally) {
	let jobs: JobLine[] = [];
	let size = 0;
	for await (const { job, bytes } of jobsOf(fetched)) {
		const reason = whyLeftOut(job, withFailed);
		if (reason !== undefined) {
			tally.leaveOut(job.queue, reason);
			continue;
		}
		const [first] = jobs;
		const isFull = jobs.length === BATCH_JOBS || size + bytes > BATCH_BYTES;
		if (first && (isFull || first.queue !== job.queue)) {
			yield { queue: first.queue, jobs };
			jobs = [];
			size = 0;
		}
		jobs.push(job);
		size += bytes;
	}
	const [first] = jobs;
	if (first) yield { queue: first.queue, jobs };
}

function explain(
	error: unknown,
	tally: ImportTally,
	signal: AbortSignal | undefined,
): DisasterRecoveryError {
	const { putBack } = tally.totals;
	const done = `${putBack === 0 ? 'No job' : putBack} had been put back`;
	const hint =
		'Import again to go on: jobs that are there already stay as they are, and none comes twice.';
	if (signal?.aborted) return new CancelledError(`The import was cancelled. ${done}.`, { hint });
	if (error instanceof DisasterRecoveryError) return error;
	if (isLostConnection(error)) {
		return new RestoreError(
			`The connection to the Redis server was lost. ${done}, and perhaps up to ${BATCH_JOBS} more.`,
			{ hint, cause: error },
		);
	}
	const reason = errorMessage(refusedCommand(error)).replace(/\.$/, '');
	return new RestoreError(`The import broke off: ${reason}. ${done}.`, {
		hint: `Mend the cause. ${hint}`,
		cause: error,
	});
}
