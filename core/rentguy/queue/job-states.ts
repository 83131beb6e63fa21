/** Where a queue keeps the ids of its jobs. */
export interface Place {
	state: PlacedState;
	/** The last part of its key. */
	part: string;
	kind: 'list' | 'sorted set';
}

/**
 * In the direction in which jobs go through a queue: one that goes on while it is read is met again
 * rather than missed. `paused` is kept apart by older versions of BullMQ only.
 */
export const PLACES = [
	{ state: 'scheduler', part: 'repeat', kind: 'sorted set' },
	{ state: 'waiting-children', part: 'waiting-children', kind: 'sorted set' },
	{ state: 'delayed', part: 'delayed', kind: 'sorted set' },
	{ state: 'prioritized', part: 'prioritized', kind: 'sorted set' },
	{ state: 'paused', part: 'paused', kind: 'list' },
	{ state: 'waiting', part: 'wait', kind: 'list' },
	{ state: 'active', part: 'active', kind: 'list' },
	{ state: 'completed', part: 'completed', kind: 'sorted set' },
	{ state: 'failed', part: 'failed', kind: 'sorted set' },
] as const satisfies readonly { state: string; part: string; kind: 'list' | 'sorted set' }[];

type PlacedState = (typeof PLACES)[number]['state'];

/** `scheduler`: not a job, but what makes jobs at set times. `unknown`: the id is in no list of the queue. */
export const JOB_STATES = [...PLACES.map(({ state }) => state), 'unknown'] as const;

export type JobState = (typeof JOB_STATES)[number];

/** Work that is still to be done. */
export const PENDING_STATES: ReadonlySet<JobState> = new Set([
	...(['waiting', 'active', 'delayed'] as const),
	...(['paused', 'prioritized'] as const),
]);
