import { type JobLine, textIn } from './job-line';
import { type JobState, PENDING_STATES } from './job-states';

/** Why a job is not put back: the state that it was in, or that it belongs to a flow of jobs. */
export type LeftOut = JobState | 'flow';

/** Nothing for a job that is to be put back. */
export function whyLeftOut(job: JobLine, withFailed: boolean): LeftOut | undefined {
	const isWanted = PENDING_STATES.has(job.state) || (withFailed && job.state === 'failed');
	if (!isWanted) return job.state;
	// Its parent waits for it by keys that are in no export.
	return textIn(job, 'parentKey') === undefined ? undefined : 'flow';
}
