import { createRequire } from 'node:module';
import type * as BullMQ from 'bullmq';
import type { JobJson, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type Comparison, compareWithQueue } from './compare-with-queue';
import { bytesOf, type JobLine, textIn } from './job-line';
import { keyOf, type QueueName, splitForLibrary } from './queue-name';

/** BullMQ orders delayed jobs by milliseconds, and jobs of the same millisecond by a number of 12 bits. */
const SCORE_PER_MS = 4096;
/** What a new attempt at a failed job begins without, as in BullMQ's own retry. */
const OF_THE_FAILURE = new Set(['failedReason', 'finishedOn', 'processedOn', 'returnvalue']);

/** Of a job's options, as Redis holds them: what lets a second job with the same meaning in or not. */
const options = z.looseObject({
	de: z.looseObject({ id: z.string().min(1), ttl: z.number().optional() }).optional(),
});

/** Puts jobs into a queue by BullMQ, over a connection that nobody else uses meanwhile. */
export class QueueWriter {
	private constructor(
		private readonly client: Redis,
		private readonly queue: QueueName,
		private readonly library: Queue,
	) {}

	static open(client: Redis, queue: QueueName): QueueWriter {
		// Loaded where it is needed: it takes its time and memory, and most runs of n8n never import.
		const { Queue } = createRequire(__filename)('bullmq') as typeof BullMQ;
		const { prefix, name } = splitForLibrary(queue);
		const library = new Queue(name, {
			...{ connection: client, prefix },
			// Neither may it say in the queue that it was here, nor look at the server and print warnings.
			...{ skipMetasUpdate: true, skipVersionCheck: true },
		});
		// Failures come back from each call; without a listener they would end the process.
		library.on('error', () => undefined);
		return new QueueWriter(client, queue, library);
	}

	/** New jobs are numbered from here on, so that none gets the id of one that is put back. */
	async reserveIds(highest: number): Promise<void> {
		const key = keyOf(this.queue, 'id');
		const missing = highest - Number(await this.client.get(key));
		// Whoever counts on meanwhile makes it larger, which does no harm.
		if (missing > 0) await this.client.incrby(key, missing);
	}

	/**
	 * Adds the jobs that the queue does not have, all or none of them: with another import or a producer
	 * at the same ids, it looks again. Throws what ioredis throws.
	 */
	async putBack(jobs: readonly JobLine[]): Promise<Comparison> {
		const claims = jobs.flatMap((job) => this.claimOf(job) ?? []);
		const watched = [...jobs.map(({ id }) => keyOf(this.queue, id)), ...claims];
		for (;;) {
			await this.client.watch(...watched);
			const comparison = await compareWithQueue(this.client, this.queue, jobs);
			if (comparison.missing.length === 0) {
				await this.client.unwatch();
				return comparison;
			}
			if (await this.add(comparison.missing, await this.heldOf(claims))) return comparison;
		}
	}

	/** The connection stays open: it is the caller's. */
	async close(): Promise<void> {
		await this.library.close();
	}

	/** False where another was at one of the watched keys; then nothing was added. */
	private async add(jobs: readonly JobLine[], held: Set<string>): Promise<boolean> {
		const backend = this.library.getBackend();
		const transaction = (await backend.client).multi();
		for (const job of jobs) {
			const claim = this.claimOf(job);
			const isFree = claim !== undefined && !held.has(claim);
			if (isFree) held.add(claim);
			await backend.addJobToTransaction(transaction, forLibrary(job, isFree), job.id);
			// All that the library has no words for, e.g. how often the job was tried.
			transaction.runCommand('hmset', [keyOf(this.queue, job.id), ...fieldsOf(job).flat()]);
		}
		const answers = await transaction.exec();
		if (answers === null) return false;
		const failures = answers.map(([error]) => error);
		const failure = failures.find((error) => error !== null);
		if (!failure) return true;
		// Two answers each. Of the others, workers may have some in hand already.
		await this.takeBack(jobs.filter((_, at) => failures[2 * at] || failures[2 * at + 1]));
		throw failure;
	}

	/** A server undoes nothing of a transaction: half a job must not be taken for one that is there. */
	private async takeBack(jobs: readonly JobLine[]): Promise<void> {
		const transaction = this.client.multi();
		for (const { id } of jobs) {
			transaction.lrem(keyOf(this.queue, 'wait'), 0, id);
			transaction.zrem(keyOf(this.queue, 'delayed'), id);
			transaction.zrem(keyOf(this.queue, 'prioritized'), id);
			transaction.del(keyOf(this.queue, id));
		}
		await transaction.exec();
	}

	/** The key by which the job keeps its like out until it is done; nothing where it does not. */
	private claimOf(job: JobLine): string | undefined {
		const deduplication = deduplicationOf(job);
		return deduplication && keyOf(this.queue, `de:${deduplication}`);
	}

	private async heldOf(claims: readonly string[]): Promise<Set<string>> {
		if (claims.length === 0) return new Set();
		const holders = await this.client.mget(...claims);
		return new Set(claims.filter((_, index) => holders[index] !== null));
	}
}

/** What decides about the place of the job in the queue; all else is written beside it. */
function forLibrary(job: JobLine, claims: boolean): JobJson {
	const timestamp = Number(textIn(job, 'timestamp')) || 0;
	const deduplicationId = claims ? deduplicationOf(job) : undefined;
	const priority = Number(textIn(job, 'priority')) || 0;
	return {
		...{
			id: job.id,
			name: textIn(job, 'name') ?? '',
			data: textIn(job, 'data') ?? '{}',
			timestamp,
		},
		...{ progress: 0, attemptsMade: 0, attemptsStarted: 0, stalledCounter: 0 },
		...{ failedReason: '', returnvalue: '' },
		...(deduplicationId !== undefined && { deduplicationId }),
		opts: {
			...(deduplicationId !== undefined && { deduplication: { id: deduplicationId } }),
			...(job.state === 'delayed' && { delay: Math.max(1, dueAt(job) - timestamp) }),
			...(job.state !== 'delayed' && priority > 0 && { priority }),
			// What had been begun goes on before what had not.
			...(job.state === 'active' && { lifo: true }),
		},
	};
}

function dueAt({ score = 0 }: JobLine): number {
	return Math.floor(score / SCORE_PER_MS);
}

function fieldsOf({ state, job }: JobLine): [string, string | Buffer][] {
	return Object.entries(job).flatMap(([name, value]) => {
		const bytes = bytesOf(value);
		const isLeftOut = bytes === undefined || (state === 'failed' && OF_THE_FAILURE.has(name));
		return isLeftOut ? [] : [[name, bytes] as [string, string | Buffer]];
	});
}

/** Only without a time limit: one that has one is about the moment when the job was made. */
function deduplicationOf(job: JobLine): string | undefined {
	try {
		const { de } = options.parse(JSON.parse(textIn(job, 'opts') ?? '{}'));
		return de?.ttl === undefined ? de?.id : undefined;
	} catch {
		return undefined;
	}
}
