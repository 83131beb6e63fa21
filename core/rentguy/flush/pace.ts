import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled } from '../../repository/cancellation';

/** How patient a flush is; all in milliseconds. */
export interface Pace {
	/** Between two looks at the status. */
	poll: number;
	/** After a round that brought nothing: five of them in a minute are all that the platform allows. */
	afterNoProgress: number;
	/** How long a platform may fail to answer before it has answered once: long enough for a restart. */
	firstAnswer: number;
	/** The same later, when jobs are on their way and giving up leaves their fate unknown. */
	laterAnswer: number;
}

export const USUAL_PACE: Pace = {
	poll: 2_000,
	afterNoProgress: 12_000,
	firstAnswer: 15_000,
	laterAnswer: 120_000,
};

/** The time of one flush: when it has to end, and how much of it was spent waiting. */
export class Clock {
	private waitedMs = 0;

	constructor(
		private readonly endsAt: number,
		private readonly signal: AbortSignal | undefined,
	) {}

	get leftMs(): number {
		return Math.max(0, this.endsAt - Date.now());
	}

	get isOver(): boolean {
		return this.leftMs === 0;
	}

	/** In tenths. */
	get waitedSeconds(): number {
		return Math.round(this.waitedMs / 100) / 10;
	}

	/** Waits so long, or to the end; rejects with `CancelledError` at once when the run is stopped. */
	async wait(ms: number): Promise<void> {
		const began = Date.now();
		try {
			await sleep(Math.min(ms, this.leftMs), undefined, { signal: this.signal });
		} catch {
			throw cancelled('The flush');
		} finally {
			this.waitedMs += Date.now() - began;
		}
	}
}
