import { idOf, newJob, openQueue, QUEUE_NAME, SyncMemory } from './sync-queue';
import type { FlushReport, QueueParts, SyncQueue } from './sync-queue';

/** The older generation: nothing works the queue off but a flush, which answers when it is through. */
export function queueOfGenerationA(parts: QueueParts): SyncQueue {
	const { rentGuy } = parts;
	const queue = openQueue(QUEUE_NAME, parts);
	const memory = new SyncMemory();
	const size = async () => await queue.getJobCountByTypes('waiting');

	return {
		start: async () => void (await queue.waitUntilReady()),
		add: async (count, state) => {
			if (state !== 'waiting') throw new Error(`Generation A has no ${state} jobs.`);
			const jobs = Array.from({ length: count }, () => ({ name: 'sync', data: newJob() }));
			return (await queue.addBulk(jobs)).map(idOf);
		},
		flush: async (limit): Promise<FlushReport> => {
			const jobs = await queue.getJobs('waiting', 0, limit - 1, true);
			let delivered = 0;
			for (const job of jobs) {
				const data = { ...job.data, attempts: job.data.attempts + 1 };
				if ((await rentGuy.receive(idOf(job))) === 'take') {
					delivered++;
					memory.succeeded(data);
					await job.remove();
				} else {
					memory.failed(data, 'RentGuy answered 503');
					await job.updateData({ ...data, lastError: 'RentGuy answered 503' });
				}
			}
			return { attempted: jobs.length, delivered, remaining: await size() };
		},
		status: async () => {
			const [next] = await queue.getJobs('waiting', 0, 0, true);
			const { resource, enqueuedAt, attempts, lastError = null } = next?.data ?? {};
			return {
				...{ queueSize: await size(), ...memory.document },
				nextInQueue: next ? { resource, enqueuedAt, attempts, lastError } : null,
			};
		},
		stop: async () => await queue.close(),
	};
}
