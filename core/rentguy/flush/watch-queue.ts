import type { RentGuyClient } from '../client';
import { isPassing, NoAnswerError, QueueNotFlushedError, RateLimitedError } from '../errors';
import type { QueueStatus } from '../status';
import { unfinished } from './figures';
import type { Clock, Pace } from './pace';

/** Looks at the queue, through restarts of the backend and times when it takes no calls. */
export class QueueWatch {
	private hasAnswered = false;

	constructor(
		private readonly client: RentGuyClient,
		private readonly clock: Clock,
		private readonly pace: Pace,
	) {}

	/** The status, asked for until it comes or patience or time is over; then the last error. */
	async look(): Promise<QueueStatus> {
		const { firstAnswer, laterAnswer, poll } = this.pace;
		const patientUntil = Date.now() + (this.hasAnswered ? laterAnswer : firstAnswer);
		for (;;) {
			try {
				const status = await this.client.status();
				this.hasAnswered = true;
				return status;
			} catch (error) {
				if (error instanceof RateLimitedError) await this.waitForAllowance(error);
				else if (!this.isPassing(error) || this.clock.isOver) throw error;
				else if (Date.now() >= patientUntil) throw error;
				else await this.clock.wait(poll);
			}
		}
	}

	/** The status when it has stopped to move and nothing is on its way, or at the end of the time. */
	async atRest(): Promise<QueueStatus> {
		let last = await this.look();
		while (unfinished(last) > 0 && !this.clock.isOver) {
			await this.clock.wait(this.pace.poll);
			const now = await this.look();
			const isSame = unfinished(now) === unfinished(last) && now.deadLetters === last.deadLetters;
			if (isSame && !now.active) return now;
			last = now;
		}
		return last;
	}

	private isPassing(error: unknown): boolean {
		return this.hasAnswered ? isPassing(error) : error instanceof NoAnswerError;
	}

	/** Waits as long as the platform says; rejects where that is longer than there is time. */
	async waitForAllowance(limit: RateLimitedError): Promise<void> {
		if (limit.retryAfterSeconds * 1000 > this.clock.leftMs) {
			throw new QueueNotFlushedError(
				`The platform takes the next call in ${limit.retryAfterSeconds} seconds only, and there is no time left for that.`,
				{ hint: 'Run it again then, or give it more time. Others share the same allowance.' },
			);
		}
		await this.clock.wait(limit.retryAfterSeconds * 1000);
	}
}
