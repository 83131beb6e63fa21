/** A BullMQ queue: its keys are `<prefix>:<name>:wait` and so on. */
export interface QueueName {
	/** All that stands before the name, e.g. `bull:mr-dj`. */
	prefix: string;
	/** May hold colons, as that of a queue whose keys lie below those of another. */
	name: string;
}

/** The queue with the work, and the one for jobs that were given up. */
export const QUEUE_ROLES = ['main', 'dead'] as const;

export type QueueRole = (typeof QUEUE_ROLES)[number];

/** Both queues by their role. */
export type QueueNames = Readonly<Record<QueueRole, QueueName>>;

/** A key of the queue: a list, a set, or the hash of the job with this id. */
export function keyOf({ prefix, name }: QueueName, part: string): string {
	return `${prefix}:${name}:${part}`;
}

/** The queue as people know it from Redis. */
export function qualifiedName({ prefix, name }: QueueName): string {
	return `${prefix}:${name}`;
}

/** The same queue for BullMQ, which takes no colon in a name: what stands before it goes to the prefix. */
export function splitForLibrary(queue: QueueName): QueueName {
	const whole = qualifiedName(queue);
	const at = whole.lastIndexOf(':');
	return { prefix: whole.slice(0, at), name: whole.slice(at + 1) };
}
