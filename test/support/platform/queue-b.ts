import { type Job, Worker } from 'bullmq';

import { eventually } from '../eventually';
import { AN_HOUR_MS, connectionTo, idOf, newJob, openQueue, QUEUE_NAME } from './sync-queue';
import { type JobData, type QueueParts, SyncMemory, type SyncQueue } from './sync-queue';

export interface QueueB extends SyncQueue {
	pause(): Promise<void>;
	resume(): Promise<void>;
	/** Puts jobs into the queue of those that were given up. */
	bury(count: number): Promise<string[]>;
}

/** The newer generation: a worker delivers, and a flush answers before it does. One try per job. */
export function queueOfGenerationB(parts: QueueParts): QueueB {
	const { keyPrefix, redis, rentGuy } = parts;
	const queue = openQueue(QUEUE_NAME, parts);
	const dead = openQueue('dead', { ...parts, keyPrefix: `${keyPrefix}:${QUEUE_NAME}` });
	const memory = new SyncMemory();

	const deliver = async (job: Job<JobData>) => {
		const data = { ...job.data, attempts: job.attemptsMade + 1 };
		const outcome = await rentGuy.receive(idOf(job));
		if (outcome === 'take') return memory.succeeded(data);
		memory.failed(data, 'RentGuy answered 503');
		if (outcome === 'refuse') throw new Error('RentGuy answered 503');
		await dead.add('dead', data);
	};
	const worker = new Worker<JobData>(QUEUE_NAME, deliver, {
		...{ connection: connectionTo(redis), prefix: keyPrefix, autorun: false },
	});
	worker.on('error', () => undefined);

	const admin = redis.admin();
	const key = (state: string) => `${keyPrefix}:${QUEUE_NAME}:${state}`;
	/** The platform's BullMQ keeps the jobs of a paused queue in a list of their own; ours does not. */
	const setAside = async () => {
		if (!(await queue.isPaused())) return;
		while (await admin.lmove(key('wait'), key('paused'), 'RIGHT', 'LEFT'));
	};
	const counts = async () => {
		const states = ['waiting', 'active', 'completed', 'failed', 'delayed'] as const;
		const now = await queue.getJobCounts(...states);
		const { waiting = 0, active = 0, completed = 0, failed = 0, delayed = 0 } = now;
		const paused = await admin.llen(key('paused'));
		return { waiting, active, completed, failed, delayed, paused };
	};
	const queueSize = async () => {
		const { waiting = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'delayed');
		return waiting + delayed;
	};
	const add = async (count: number, delay: number) => {
		const opts = { delay, attempts: 1, removeOnComplete: true };
		const jobs = Array.from({ length: count }, () => ({ name: 'sync', data: newJob(), opts }));
		const added = await queue.addBulk(jobs);
		await setAside();
		return added.map(idOf);
	};

	return {
		start: async () => {
			await Promise.all([queue.waitUntilReady(), dead.waitUntilReady(), worker.waitUntilReady()]);
			void worker.run();
		},
		add: async (count, state) => {
			if (state !== 'failed') return await add(count, state === 'delayed' ? AN_HOUR_MS : 0);
			const { failed = 0 } = await queue.getJobCounts('failed');
			rentGuy.refusals += count;
			const ids = await add(count, 0);
			await eventually(async () => {
				const now = await queue.getJobCounts('failed');
				if (now.failed !== failed + count) throw new Error('The jobs have not failed yet.');
			});
			return ids;
		},
		flush: async (limit) => {
			const jobsIn = async (state: 'delayed' | 'failed' | 'waiting') =>
				await queue.getJobs(state, 0, limit - 1, true);
			const [delayed, failed] = [await jobsIn('delayed'), await jobsIn('failed')];
			const still = (await jobsIn('waiting')).length;
			const paused = Math.min(limit, await admin.llen(key('paused')));
			const before = await queueSize();
			for (const job of delayed) await job.promote();
			for (const job of failed) await job.retry();
			await setAside();
			const attempted = delayed.length + failed.length + still + paused;
			// Nothing has arrived yet, and the size is one of a moment ago.
			return { attempted, delivered: 0, remaining: before };
		},
		status: async () => {
			const now = await counts();
			const [next] = await queue.getJobs(['waiting', 'delayed'], 0, 0, true);
			const { resource, enqueuedAt, attempts, dedupeKey } = next?.data ?? {};
			return {
				...{ queueSize: await queueSize(), activeJobs: now.active },
				metrics: { retryAgeP95: 0, counts: now },
				deadLetterCount: await dead.getJobCountByTypes('waiting'),
				...memory.document,
				nextInQueue: next ? { resource, enqueuedAt, attempts, dedupeKey } : null,
			};
		},
		pause: async () => {
			await queue.pause();
			await setAside();
		},
		resume: async () => await queue.resume(),
		bury: async (count) => {
			const jobs = Array.from({ length: count }, () => ({ name: 'dead', data: newJob() }));
			return (await dead.addBulk(jobs)).map(idOf);
		},
		stop: async () => {
			// Not waiting for a delivery that a test holds.
			await worker.close(true);
			await Promise.all([queue.close(), dead.close()]);
			admin.disconnect();
		},
	};
}
