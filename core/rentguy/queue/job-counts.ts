import type { RentguyQueueFingerprint } from '../../repository/fingerprint';
import { JOB_STATES, type JobState } from './job-states';
import { QUEUE_ROLES, type QueueRole } from './queue-name';

/** How many jobs each queue has in each state. */
export class JobCounts {
	private readonly counts = new Map<string, number>();

	add(queue: QueueRole, state: JobState, jobs = 1): void {
		const name = `${queue} ${state}`;
		this.counts.set(name, (this.counts.get(name) ?? 0) + jobs);
	}

	/** Of one queue; states without a job are left out. */
	of(queue: QueueRole): Partial<Record<JobState, number>> {
		return Object.fromEntries(
			JOB_STATES.flatMap((state) => {
				const jobs = this.counts.get(`${queue} ${state}`);
				return jobs === undefined ? [] : [[state, jobs]];
			}),
		);
	}

	get total(): number {
		return [...this.counts.values()].reduce((sum, jobs) => sum + jobs, 0);
	}
}

/** How counted jobs differ from those that were written, as sentences. */
export function differencesIn(expected: RentguyQueueFingerprint, found: JobCounts): string[] {
	return QUEUE_ROLES.flatMap((role) => {
		const written: Record<string, number> = expected.queues[role].jobs;
		const read: Record<string, number> = found.of(role);
		const states = [...new Set([...Object.keys(written), ...Object.keys(read)])];
		return states
			.filter((state) => (written[state] ?? 0) !== (read[state] ?? 0))
			.map(
				(state) =>
					`The ${role} queue has ${read[state] ?? 0} jobs in state ${state} where its manifest has ${written[state] ?? 0}.`,
			);
	});
}
