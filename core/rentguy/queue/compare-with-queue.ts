import type { Redis } from 'ioredis';
import { type JobLine, textIn } from './job-line';
import { keyOf, type QueueName } from './queue-name';

export interface Comparison {
	/** Jobs that the queue does not have. */
	missing: JobLine[];
	/** Jobs that it has, in whatever state. */
	present: JobLine[];
	/** Jobs whose id another job has there now. */
	taken: JobLine[];
}

/** Looks each job up by its id, and tells it from another by its name and the time of its creation. */
export async function compareWithQueue(
	client: Redis,
	queue: QueueName,
	jobs: readonly JobLine[],
): Promise<Comparison> {
	const pipeline = client.pipeline();
	for (const { id } of jobs) {
		pipeline.exists(keyOf(queue, id));
		pipeline.hmget(keyOf(queue, id), 'name', 'timestamp');
	}
	const answers = ((await pipeline.exec()) ?? []).map(([error, answer]) => {
		if (error) throw error;
		return answer;
	});
	const found: Comparison = { missing: [], present: [], taken: [] };
	jobs.forEach((job, index) => {
		const [exists, fields] = answers.slice(index * 2);
		const [name, timestamp] = fields as (string | null)[];
		const isSame =
			name === (textIn(job, 'name') ?? null) && timestamp === (textIn(job, 'timestamp') ?? null);
		if (exists === 0) found.missing.push(job);
		else (isSame ? found.present : found.taken).push(job);
	});
	return found;
}
