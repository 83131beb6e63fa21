import type { QueueStatus } from '../status';

/** What a flush has done, and how the queue stands. `null` is what the platform does not tell. */
export interface FlushFigures {
	/** Jobs that the platform says it took on; one that is tried twice counts twice. */
	attempted: number;
	/** By how many the queue became shorter, but for those that were given up; new jobs hide some. */
	delivered: number;
	/** Jobs that are still to be delivered. */
	remaining: number;
	failed: number | null;
	deadLetters: number | null;
	/** Calls of the platform's flush that it may have carried out. */
	rounds: number;
	/** Those among them that had no answer. */
	unansweredRounds: number;
	waitedSeconds: number;
}

/** Adds up the rounds of one flush, each measured by the status before and after. */
export class Tally {
	private attempted = 0;
	private delivered = 0;
	private buried = 0;
	private rounds = 0;
	private unanswered = 0;
	private measured = true;

	constructor(private status: QueueStatus) {}

	/** How the queue stood when it was last looked at. */
	get latest(): QueueStatus {
		return this.status;
	}

	/** Jobs that were given up since the flush began. */
	get givenUp(): number {
		return this.buried;
	}

	/** Whether the latest status is one from after the last round. */
	get isMeasured(): boolean {
		return this.measured;
	}

	answered(attempted: number): void {
		this.rounds++;
		this.measured = false;
		this.attempted += attempted;
	}

	notAnswered(): void {
		this.rounds++;
		this.unanswered++;
		this.measured = false;
	}

	/** Takes the queue as it stands now into account; says by how many jobs it became shorter. */
	measure(now: QueueStatus): number {
		const shorter = Math.max(0, unfinished(this.status) - unfinished(now));
		const buried = Math.max(0, (now.deadLetters ?? 0) - (this.status.deadLetters ?? 0));
		this.buried += buried;
		this.delivered += Math.max(0, shorter - buried);
		this.status = now;
		this.measured = true;
		return shorter;
	}

	figures(waitedSeconds: number): FlushFigures {
		return {
			...{ attempted: this.attempted, delivered: this.delivered },
			...{ remaining: unfinished(this.status), failed: this.status.failed },
			...{ deadLetters: this.status.deadLetters, rounds: this.rounds },
			...{ unansweredRounds: this.unanswered, waitedSeconds },
		};
	}
}

/** Jobs that have not arrived: those that wait in any way, and those that are on their way. */
export function unfinished({ pending, active }: QueueStatus): number {
	return pending + (active ?? 0);
}

/** All figures as one sentence, for an error. */
export function inWords(figures: FlushFigures): string {
	const { rounds, unansweredRounds, failed, deadLetters } = figures;
	return `Attempted ${figures.attempted}, delivered ${figures.delivered}, remaining ${figures.remaining}, failed ${failed ?? 'unknown'}, dead letters ${deadLetters ?? 'unknown'}; ${rounds} rounds, ${unansweredRounds} of them without an answer, ${figures.waitedSeconds} seconds waited.`;
}
