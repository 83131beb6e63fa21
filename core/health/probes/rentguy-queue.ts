import { RentGuyClient, type StatusEndpoint } from '../../rentguy/client';
import type { RentGuyServer } from '../../rentguy/server';
import type { QueueStatus } from '../../rentguy/status';
import { durationInWords } from '../duration-words';
import { Absent, type Observation, type Observed } from '../observation';
import type { CheckKind } from '../vocabulary';

export const RENTGUY_QUEUE: CheckKind = {
	vocabulary: {
		ACTIVE: 'number',
		CONFIGURED: 'boolean',
		CONNECTED: 'boolean',
		DEAD_LETTERS: 'number',
		FAILED: 'number',
		LAST_ERROR_AGE: 'duration',
		LAST_SUCCESS_AGE: 'duration',
		NEXT_JOB_AGE: 'duration',
		PAUSED: ['yes', 'unknown', 'no'],
		PENDING: 'number',
		RESPONSE_TIME: 'duration',
	},
	defaults: {
		fail: ['[CONFIGURED] == true', '[PAUSED] != yes', '[PENDING] < 100'],
		warn: ['[PENDING] < 20'],
	},
	measurement: { name: 'pending', placeholder: 'PENDING', unit: 'jobs' },
	componentType: 'component',
};

export interface RentGuyTarget {
	readonly server: RentGuyServer;
	readonly endpoint: StatusEndpoint;
}

/** Reads the status of the queue. Rejects with `ConnectionError` or one of its kinds. */
export async function probeRentGuyQueue(
	{ server, endpoint }: RentGuyTarget,
	signal: AbortSignal,
	timeoutMs: number,
): Promise<Observation> {
	const startedAt = performance.now();
	const client = new RentGuyClient(server, { signal, statusTimeoutMs: timeoutMs });
	const status = await client.status(endpoint);
	const took = Math.round(performance.now() - startedAt);
	return {
		text: [...inWords(status), ...client.warnings.map((text) => text.replace(/\.$/, ''))].join(
			', ',
		),
		values: { ...valuesOf(status), CONNECTED: true, RESPONSE_TIME: took },
	};
}

function inWords(status: QueueStatus): string[] {
	const { configured, pending, failed, pausedJobs, deadLetters, nextJob } = status;
	return [
		...(configured ? [] : ['RentGuy is not configured on the platform']),
		`${pending} jobs pending`,
		...(failed ? [`${failed} of them failed`] : []),
		...(pausedJobs ? ['the queue is paused'] : []),
		...(deadLetters ? [`${deadLetters} dead letters`] : []),
		...(nextJob ? [`the next one waits for ${durationInWords(nextJob.ageSeconds * 1_000)}`] : []),
	];
}

function valuesOf(status: QueueStatus): Record<string, Observed> {
	const { configured, pending, active, failed, pausedJobs, deadLetters, nextJob } = status;
	const untold = new Absent('this generation of the platform does not tell');
	const noNextJob = pending === 0 ? 0 : new Absent('the platform names no next job');
	return {
		ACTIVE: active ?? untold,
		CONFIGURED: configured,
		DEAD_LETTERS: deadLetters ?? untold,
		FAILED: failed ?? untold,
		LAST_ERROR_AGE: ageOf(status.lastError, 'error'),
		LAST_SUCCESS_AGE: ageOf(status.lastSuccess, 'success'),
		NEXT_JOB_AGE: nextJob ? nextJob.ageSeconds * 1_000 : noNextJob,
		PAUSED: pausedJobs === null ? 'unknown' : pausedJobs > 0 ? 'yes' : 'no',
		PENDING: pending,
	};
}

function ageOf(event: { at: string } | null, what: string): Absent | number {
	const age = event ? Date.now() - Date.parse(event.at) : Number.NaN;
	// The clock of the platform may be ahead.
	if (!Number.isNaN(age)) return Math.max(0, age);
	return new Absent(`the platform tells of no ${what} since it was started`);
}
