import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { JOB_STATES } from './job-states';
import { QUEUE_ROLES, type QueueRole } from './queue-name';
import type { ReadJob } from './read-jobs';

/** The text, or the bytes of what is no text. */
const value = z.union([z.string(), z.strictObject({ base64: z.base64() })]);

/** A line of an export: a job with all that Redis holds of it. */
const schema = z.strictObject({
	queue: z.enum(QUEUE_ROLES),
	state: z.enum(JOB_STATES),
	id: z.string().min(1),
	/** By which a sorted set of the queue orders it. */
	score: z.number().optional(),
	/** The hash of the job, field by field. */
	job: z.record(z.string(), value),
});

export type JobLine = z.infer<typeof schema>;

/** With its line feed. */
export function encodeJob(queue: QueueRole, { state, id, score, fields }: ReadJob): string {
	const job = Object.fromEntries(
		Object.entries(fields).map(([name, bytes]) => [
			name,
			isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') },
		]),
	);
	const line = { queue, state, id, ...(score !== undefined && { score }), job };
	return `${JSON.stringify(line)}\n`;
}

/** The job of a line; nothing where it is none. */
export function decodeJob(line: Buffer): JobLine | undefined {
	if (!isUtf8(line)) return undefined;
	try {
		const parsed = schema.safeParse(JSON.parse(line.toString()));
		return parsed.data;
	} catch {
		return undefined;
	}
}

/** A field of the job as Redis holds it. */
export function bytesOf(value: JobLine['job'][string] | undefined): string | Buffer | undefined {
	return typeof value === 'object' ? Buffer.from(value.base64, 'base64') : value;
}

/** A field of the job that is text; nothing where it has none. */
export function textIn({ job }: JobLine, field: string): string | undefined {
	const found = job[field];
	return typeof found === 'string' ? found : undefined;
}
