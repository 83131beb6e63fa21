import { type Job, Queue, type QueueOptions } from 'bullmq';

import type { RunningRedis } from '../redis-server';
import type { RentGuy } from './rent-guy';

export interface JobData {
	resource: string;
	payload: { number: number };
	enqueuedAt: string;
	dedupeKey: string;
	attempts: number;
	lastError?: string;
}

export type JobState = 'delayed' | 'failed' | 'waiting';

export interface FlushReport {
	attempted: number;
	delivered: number;
	remaining: number;
}

/** The queue of one generation of the platform, in Redis; what it remembers besides goes with a restart. */
export interface SyncQueue {
	/** Starts whatever works off the queue. */
	start(): Promise<void>;
	add(count: number, state: JobState): Promise<string[]>;
	flush(limit: number): Promise<FlushReport>;
	/** The part of the status document that this generation has besides what RentGuy is set up for. */
	status(): Promise<{ queueSize: number } & Record<string, unknown>>;
	/** Ends connections and workers; the jobs stay. */
	stop(): Promise<void>;
}

export interface QueueParts {
	redis: RunningRedis;
	/** Of all keys, e.g. `bull:mrdj`. */
	keyPrefix: string;
	rentGuy: RentGuy;
}

export const QUEUE_NAME = 'rentguy-sync';
export const AN_HOUR_MS = 3_600_000;

let numbers = 0;

export const newJob = (): JobData => {
	const number = ++numbers;
	return {
		...{ resource: number % 2 ? 'leads' : 'bookings', payload: { number }, attempts: 0 },
		...{ enqueuedAt: new Date().toISOString(), dedupeKey: `lead-${number}` },
	};
};

/** The last success and failure of this process, as the status shows them. */
export class SyncMemory {
	private success: object | null = null;
	private failure: object | null = null;

	succeeded({ resource, attempts }: JobData): void {
		this.success = { at: new Date().toISOString(), resource, attempts };
	}

	failed({ resource, attempts }: JobData, message: string): void {
		this.failure = { at: new Date().toISOString(), resource, message, attempts };
	}

	get document() {
		return { lastSyncSuccess: this.success, lastSyncError: this.failure };
	}
}

export function connectionTo({ host, port, password }: RunningRedis): QueueOptions['connection'] {
	return { host, port, password, maxRetriesPerRequest: null };
}

export function openQueue(name: string, { redis, keyPrefix }: QueueParts): Queue<JobData> {
	const queue = new Queue<JobData>(name, {
		...{ connection: connectionTo(redis), prefix: keyPrefix },
	});
	// The test may take the Redis away; that is no reason to end the test run.
	queue.on('error', () => undefined);
	return queue;
}

export const idOf = (job: Job): string => String(job.id);
