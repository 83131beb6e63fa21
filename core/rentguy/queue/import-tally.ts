import type { Comparison } from './compare-with-queue';
import type { LeftOut } from './import-plan';
import type { JobState } from './job-states';
import { QUEUE_ROLES, type QueueRole } from './queue-name';

/** Ids that are named; a person looks at a few. */
const NAMED_IDS = 10;

type ByState = Partial<Record<JobState, number>>;

/** What an import has done with the jobs of a queue. */
export interface QueueTally {
	role: QueueRole;
	/** Prefix and name of the queue that they went to. */
	name: string;
	/** By the state that they had in the export. */
	putBack: ByState;
	/** Those that the queue did not have; the same as put back, except in a dry run. */
	missing: ByState;
	alreadyThere: number;
	idTaken: number;
	/** Some of the ids that another job has by now. */
	takenIds: string[];
	leftOut: Partial<Record<LeftOut, number>>;
}

type Counts = Omit<QueueTally, 'role' | 'name'>;

/** Counts what is done with each job of an export. */
export class ImportTally {
	private readonly counts: Readonly<Record<QueueRole, Counts>> = { main: none(), dead: none() };

	leaveOut(role: QueueRole, reason: LeftOut): void {
		increment(this.counts[role].leftOut, reason);
	}

	note(role: QueueRole, { missing, present, taken }: Comparison, wasWritten: boolean): void {
		const counts = this.counts[role];
		for (const { state } of missing) {
			increment(counts.missing, state);
			if (wasWritten) increment(counts.putBack, state);
		}
		counts.alreadyThere += present.length;
		counts.idTaken += taken.length;
		const room = NAMED_IDS - counts.takenIds.length;
		counts.takenIds.push(...taken.slice(0, room).map(({ id }) => id));
	}

	of(role: QueueRole, name: string): QueueTally {
		return { role, name, ...this.counts[role] };
	}

	get totals() {
		const total = (of: (counts: Counts) => number) =>
			QUEUE_ROLES.reduce((sum, role) => sum + of(this.counts[role]), 0);
		const missing = total((counts) => sumOf(counts.missing));
		const alreadyThere = total((counts) => counts.alreadyThere);
		const idTaken = total((counts) => counts.idTaken);
		const leftOut = total((counts) => sumOf(counts.leftOut));
		return {
			putBack: total((counts) => sumOf(counts.putBack)),
			...{ missing, alreadyThere, idTaken, leftOut },
			seen: missing + alreadyThere + idTaken + leftOut,
		};
	}
}

function none(): Counts {
	return { putBack: {}, missing: {}, alreadyThere: 0, idTaken: 0, takenIds: [], leftOut: {} };
}

function increment<Name extends string>(counts: Partial<Record<Name, number>>, name: Name): void {
	counts[name] = (counts[name] ?? 0) + 1;
}

function sumOf(counts: Readonly<Record<string, number>>): number {
	return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
