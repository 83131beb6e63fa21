import type { Redis } from 'ioredis';
import { type JobLine, textIn } from './job-line';
import { PLACES } from './job-states';
import { keyOf, type QueueName } from './queue-name';

/** What a queue keeps beside its jobs, by keys such as a job of this id would have. */
const OWN_PARTS: ReadonlySet<string> = new Set([
	...PLACES.map(({ part }) => part),
	...['de', 'events', 'id', 'limiter', 'marker', 'meta', 'pc', 'stalled', 'stalled-check'],
]);

export interface Comparison {
	/** Jobs that the queue does not have. */
	missing: JobLine[];
	/** Jobs that it has, in whatever state. */
	present: JobLine[];
	/** Jobs whose id another job has there now, or the queue needs for itself. */
	taken: JobLine[];
}

/** Looks each job up by its id, and tells it from another by its name and the time of its creation. */
export async function compareWithQueue(
	client: Redis,
	queue: QueueName,
	all: readonly JobLine[],
): Promise<Comparison> {
	const jobs = all.filter(({ id }) => !OWN_PARTS.has(id));
	const pipeline = client.pipeline();
	for (const { id } of jobs) {
		pipeline.exists(keyOf(queue, id));
		pipeline.hmget(keyOf(queue, id), 'name', 'timestamp');
	}
	const answers = ((await pipeline.exec()) ?? []).map(([error, answer]) => {
		if (error) throw error;
		return answer;
	});
	const taken = all.filter(({ id }) => OWN_PARTS.has(id));
	const found: Comparison = { missing: [], present: [], taken };
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
