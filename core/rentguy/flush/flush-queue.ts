import { CancelledError, ConfigurationError, DisasterRecoveryError } from '../../errors';
import type { FlushAnswer, RentGuyClient } from '../client';
import { isPassing, NoAnswerError, QueueNotFlushedError, RateLimitedError } from '../errors';
import type { QueueStatus } from '../status';
import { type FlushFigures, inWords, Tally, unfinished } from './figures';
import { Clock, type Pace, USUAL_PACE } from './pace';
import { QueueWatch } from './watch-queue';

/** The platform's own limit. */
const MAX_BATCH = 500;

export interface FlushInput {
	/** Jobs of each state in one call, 1 to 500. */
	batchSize: number;
	/** How long all of it may take; no round begins after that. */
	deadlineMs: number;
	/** Gives up after so many rounds in a row in which the queue became no shorter. */
	roundsWithoutProgress: number;
	/** Calls no flush where nothing is pending. */
	onlyIfPending: boolean;
}

export interface FlushRun {
	signal?: AbortSignal;
	onProgress?: (progress: { phase: string }) => void;
	/** Changes to the usual pace. */
	pace?: Partial<Pace>;
}

export interface FlushResult extends FlushFigures {
	/** `flushed` when all that was pending has left the queue, `nothing-pending` when there was none. */
	outcome: 'flushed' | 'nothing-pending';
	pendingBefore: number;
	/** In order; each ends with a full stop. */
	warnings: string[];
}

/**
 * Has the platform deliver what is in its queue, round by round, until nothing is pending. What came
 * of each round is read from the status: an answer is too early, a missing one says nothing.
 *
 * Rejects with `QueueNotFlushedError`, with all figures, when jobs remain or were given up, when the
 * queue is paused or RentGuy is not configured; with `ConfigurationError` for numbers that make no sense;
 * also with what `RentGuyClient` rejects with.
 */
export async function flushQueue(
	client: RentGuyClient,
	input: FlushInput,
	{ signal, onProgress, pace }: FlushRun = {},
): Promise<FlushResult> {
	assertSensible(input);
	const fullPace = { ...USUAL_PACE, ...pace };
	const clock = new Clock(Date.now() + input.deadlineMs, signal);
	const watch = new QueueWatch(client, clock, fullPace);
	const first = await watch.look();
	// What is on its way may come back as failed.
	const before = first.active ? await watch.atRest() : first;
	const tally = new Tally(before);
	const pendingBefore = unfinished(before);
	const result = (outcome: FlushResult['outcome']): FlushResult => ({
		...{ outcome, pendingBefore, ...tally.figures(clock.waitedSeconds) },
		warnings: [...client.warnings, ...warningsOf(tally, pendingBefore)],
	});

	try {
		assertFlushable(before);
		if (pendingBefore === 0 && input.onlyIfPending) return result('nothing-pending');
		const rounds = new Rounds(client, input, { clock, watch, tally, pace: fullPace });
		await rounds.run((phase) => onProgress?.({ phase }));
	} catch (error) {
		throw withFigures(error, tally, clock.waitedSeconds);
	}
	return result(pendingBefore === 0 ? 'nothing-pending' : 'flushed');
}

interface Means {
	clock: Clock;
	watch: QueueWatch;
	tally: Tally;
	pace: Pace;
}

class Rounds {
	private inVain = 0;

	constructor(
		private readonly client: RentGuyClient,
		private readonly input: FlushInput,
		private readonly means: Means,
	) {}

	/** Resolves when nothing is left; rejects when it makes no sense to go on. */
	async run(report: (phase: string) => void): Promise<void> {
		const { clock, watch, tally, pace } = this.means;
		for (let round = 1; ; round++) {
			report(`round ${round}: ${unfinished(tally.latest)} jobs are left`);
			const answer = await this.flushOnce();
			const shorter = tally.measure(await watch.atRest());
			if (answer?.configured === false) throw notConfigured(tally.latest);
			if (unfinished(tally.latest) === 0) break;
			assertFlushable(tally.latest);
			this.inVain = shorter > 0 ? 0 : this.inVain + 1;
			if (this.inVain >= this.input.roundsWithoutProgress) throw stuck(tally.latest, this.inVain);
			if (this.inVain > 0) await clock.wait(pace.afterNoProgress);
			if (clock.isOver) throw outOfTime(tally.latest, this.input.deadlineMs);
		}
		if (tally.givenUp > 0) throw givenUp(tally.givenUp);
	}

	/** The answer; nothing where none came, and the status alone shows whether it was carried out. */
	private async flushOnce(): Promise<FlushAnswer | undefined> {
		const { watch, tally } = this.means;
		for (;;) {
			try {
				const answer = await this.client.flush(this.input.batchSize);
				tally.answered(answer.attempted);
				return answer;
			} catch (error) {
				if (error instanceof RateLimitedError) await watch.waitForAllowance(error);
				else if (!isPassing(error)) throw error;
				else {
					if (error instanceof NoAnswerError && error.mayHaveArrived) tally.notAnswered();
					return undefined;
				}
			}
		}
	}
}

function assertSensible({ batchSize, deadlineMs, roundsWithoutProgress }: FlushInput): void {
	if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > MAX_BATCH) {
		throw new ConfigurationError(`The platform takes no batch of ${batchSize} jobs.`, {
			hint: `Choose a batch size from 1 to ${MAX_BATCH}.`,
		});
	}
	if (deadlineMs > 0 && Number.isInteger(roundsWithoutProgress) && roundsWithoutProgress > 0)
		return;
	throw new ConfigurationError(
		'A flush needs a time limit, and a number of rounds to give up after.',
		{
			hint: 'Enter whole numbers from 1 for both, or leave the options away.',
		},
	);
}

function assertFlushable(status: QueueStatus): void {
	if (!status.configured) throw notConfigured(status);
	if (status.pausedJobs === null || status.pausedJobs === 0) return;
	throw new QueueNotFlushedError(
		`The RentGuy queue is paused: ${status.pausedJobs} jobs wait in it, and no flush moves them.`,
		{ hint: 'Resume the queue in the backend, then run it again.' },
	);
}

function notConfigured({ pending }: QueueStatus): QueueNotFlushedError {
	return new QueueNotFlushedError(
		`RentGuy is not configured on the platform: nothing can be delivered, ${pending} jobs are pending.`,
		{ hint: 'Enter the settings of RentGuy in the dashboard of the backend, then run it again.' },
	);
}

function stuck(status: QueueStatus, rounds: number): QueueNotFlushedError {
	const said = status.lastError?.message;
	return new QueueNotFlushedError(
		`The RentGuy queue still has ${unfinished(status)} jobs, and ${rounds} rounds brought nothing.`,
		{
			hint: said
				? `RentGuy refuses them. The platform says: ${said}`
				: 'Look into the log of the backend, and at whether RentGuy answers.',
		},
	);
}

function outOfTime(status: QueueStatus, deadlineMs: number): QueueNotFlushedError {
	return new QueueNotFlushedError(
		`The RentGuy queue still has ${unfinished(status)} jobs after ${deadlineMs / 60_000} minutes, which is all the time it was given.`,
		{ hint: 'Run it again: it goes on where it stopped. Or give it more time.' },
	);
}

function givenUp(jobs: number): QueueNotFlushedError {
	return new QueueNotFlushedError(
		`The RentGuy queue is empty, but ${jobs} of its jobs were not delivered: the platform gave them up.`,
		{ hint: 'They are among the dead letters, and no call brings them back. Enter them by hand.' },
	);
}

function warningsOf(tally: Tally, pendingBefore: number): string[] {
	const { deadLetters, failed, rounds, unansweredRounds } = tally.figures(0);
	return [
		...(failed === null
			? ['This platform does not tell how many jobs have failed or were given up.']
			: []),
		...(deadLetters
			? [`${deadLetters} dead letters stay where they are: no flush touches them.`]
			: []),
		...(unansweredRounds > 0
			? [
					`${unansweredRounds} of ${rounds} rounds had no answer; the figures are those of the status.`,
				]
			: []),
		...(pendingBefore === 0 && rounds > 0 ? ['Nothing was pending before the flush.'] : []),
	];
}

/** What happened, and how far it was by then. */
function withFigures(error: unknown, tally: Tally, waitedSeconds: number): unknown {
	if (!(error instanceof DisasterRecoveryError) || error instanceof CancelledError) return error;
	const { message, hint } = error;
	const figures = inWords(tally.figures(waitedSeconds));
	const said = tally.isMeasured
		? figures
		: `What came of the last round is unknown; before it: ${figures}`;
	return new QueueNotFlushedError(`${message} ${said}`, { hint, cause: error });
}
