import { z } from 'zod';

/** What the platform says about itself may be long; this much of a message is kept. */
const MAX_MESSAGE = 500;

const number = z.number().int().min(0);
const count = number.default(0);
const text = z.string().nullish();

const sync = z.object({ at: z.string(), resource: text, message: text });
const job = z.object({ resource: text, enqueuedAt: z.iso.datetime({ offset: true }) });

const document = z.object({
	configured: z.boolean(),
	queueSize: number,
	metrics: z
		.object({
			counts: z
				.object({ waiting: count, active: count, failed: count, delayed: count, paused: count })
				.nullish(),
		})
		.nullish(),
	deadLetterCount: number.nullish(),
	// Good to know, but no reason to call the rest unreadable.
	workspaceId: text.catch(null),
	lastSyncSuccess: sync.nullish().catch(null),
	lastSyncError: sync.nullish().catch(null),
	nextInQueue: job.nullish().catch(null),
});

/**
 * How the queue stands, the same for both generations of the platform. `null` is what the older one
 * does not tell; nothing may be concluded from it.
 */
export interface QueueStatus {
	readonly configured: boolean;
	readonly workspaceId: string | null;
	/** Jobs that are yet to be delivered, failed and paused ones included; active ones are not. */
	readonly pending: number;
	/** Jobs that are being delivered at this moment. */
	readonly active: number | null;
	readonly failed: number | null;
	/** Jobs that wait because the queue is paused. */
	readonly pausedJobs: number | null;
	/** Jobs that were given up. No call brings them back. */
	readonly deadLetters: number | null;
	/** The last since the backend started; lost when it starts again. */
	readonly lastSuccess: { at: string; resource: string | null } | null;
	readonly lastError: { at: string; resource: string | null; message: string | null } | null;
	readonly nextJob: { resource: string | null; enqueuedAt: string; ageSeconds: number } | null;
}

/** Reads the status document of either generation; undefined for anything else. */
export function readStatus(body: unknown, now = new Date()): QueueStatus | undefined {
	const { success, data } = document.safeParse(body);
	if (!success) return undefined;
	const counts = data.metrics?.counts ?? null;
	const { lastSyncSuccess: delivered, lastSyncError: refused, nextInQueue: next } = data;
	return {
		configured: data.configured,
		workspaceId: data.workspaceId ?? null,
		// The platform's own `queueSize` leaves failed jobs out, and those of a paused queue.
		pending: counts
			? counts.waiting + counts.delayed + counts.failed + counts.paused
			: data.queueSize,
		active: counts?.active ?? null,
		failed: counts?.failed ?? null,
		pausedJobs: counts?.paused ?? null,
		deadLetters: data.deadLetterCount ?? null,
		lastSuccess: delivered ? { at: delivered.at, resource: delivered.resource ?? null } : null,
		lastError: refused
			? {
					...{ at: refused.at, resource: refused.resource ?? null },
					message: refused.message?.slice(0, MAX_MESSAGE) ?? null,
				}
			: null,
		nextJob: next
			? {
					...{ resource: next.resource ?? null, enqueuedAt: next.enqueuedAt },
					ageSeconds: Math.max(0, Math.round((now.getTime() - Date.parse(next.enqueuedAt)) / 1000)),
				}
			: null,
	};
}
