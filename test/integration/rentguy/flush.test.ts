import { ConfigurationError } from '../../../core/errors';
import type { ClientOptions } from '../../../core/rentguy/client';
import { QueueNotFlushedError } from '../../../core/rentguy/errors';
import {
	type FlushInput,
	flushQueue,
	type FlushRun,
} from '../../../core/rentguy/flush/flush-queue';
import type { Pace } from '../../../core/rentguy/flush/pace';
import { eventually } from '../../support/eventually';
import type { Platform } from '../../support/platform';
import { clientOf, failureOf, Lab } from './lab';

/** As patient as usual in kind, and a hundred times faster. */
const PACE: Pace = { poll: 50, afterNoProgress: 50, firstAnswer: 1_000, laterAnswer: 5_000 };
const GENEROUS = { flushAllowance: { calls: 1_000, windowMs: 60_000 } };

const lab = new Lab();

beforeAll(async () => await lab.open());

afterEach(async () => await lab.tidy());

afterAll(async () => await lab.close());

type Changes = Partial<FlushInput> & FlushRun & { client?: ClientOptions };

const flush = async (there: Platform, { client, signal, pace, ...input }: Changes = {}) =>
	await flushQueue(
		clientOf(there, {}, { ...client, ...(signal && { signal }) }),
		{
			...{ batchSize: 50, deadlineMs: 30_000, roundsWithoutProgress: 2, onlyIfPending: true },
			...input,
		},
		{ ...(signal && { signal }), pace: { ...PACE, ...pace } },
	);

const failure = async (there: Platform, changes: Changes = {}) =>
	await failureOf(flush(there, changes), there);

const flushes = ({ requests }: Platform) => requests.filter(({ method }) => method === 'POST');

describe('a flush', () => {
	it('delivers all that is pending, failed jobs too, and measures it (generation B)', async () => {
		const there = await lab.start();
		const ids = [...(await there.addJobs(7)), ...(await there.addJobs(3, 'failed'))];
		expect(await flush(there, { batchSize: 5 })).toMatchObject({
			...{ outcome: 'flushed', pendingBefore: 10, attempted: 10, delivered: 10, remaining: 0 },
			...{ failed: 0, deadLetters: 0, rounds: 2, unansweredRounds: 0, warnings: [] },
		});
		expect(there.rentGuy.taken.sort()).toEqual(ids.sort());
	});

	it('delivers all that is pending (generation A, straight at the backend)', async () => {
		const there = await lab.start({ generation: 'A', prefix: '' });
		const ids = await there.addJobs(7);
		expect(await flush(there, { batchSize: 3 })).toMatchObject({
			...{ outcome: 'flushed', attempted: 7, delivered: 7, remaining: 0, rounds: 3 },
			...{ failed: null, deadLetters: null },
			warnings: [expect.stringMatching(/does not tell how many jobs have failed/)],
		});
		expect(there.rentGuy.taken).toEqual(ids);
	});

	it('waits for jobs that arrive late', async () => {
		const there = await lab.start();
		await there.addJobs(3);
		there.rentGuy.hold();
		const flushing = flush(there);
		await eventually(async () => {
			expect(await there.status()).toMatchObject({ activeJobs: 1, queueSize: 2 });
			expect(there.requests.length).toBeGreaterThan(4);
		});
		there.rentGuy.release();
		expect(await flushing).toMatchObject({ outcome: 'flushed', delivered: 3, rounds: 1 });
	});

	it('does nothing where nothing is pending, and says so', async () => {
		const there = await lab.start();
		await there.addDeadLetters(2);
		expect(await flush(there)).toMatchObject({
			...{ outcome: 'nothing-pending', attempted: 0, delivered: 0, rounds: 0, deadLetters: 2 },
			warnings: ['2 dead letters stay where they are: no flush touches them.'],
		});
		expect(flushes(there)).toEqual([]);
	});

	it('asks once where nothing is pending, if it is told to', async () => {
		const there = await lab.start();
		expect(await flush(there, { onlyIfPending: false })).toMatchObject({
			...{ outcome: 'nothing-pending', rounds: 1, delivered: 0 },
			warnings: ['Nothing was pending before the flush.'],
		});
		expect(flushes(there)).toHaveLength(1);
	});

	it('refuses numbers that make no sense before it asks anything', async () => {
		const there = await lab.start();
		for (const wrong of [{ batchSize: 501 }, { deadlineMs: NaN }, { roundsWithoutProgress: 0 }]) {
			expect(await failure(there, wrong)).toBeInstanceOf(ConfigurationError);
		}
		expect(there.requests).toEqual([]);
	});
});

describe('a flush ends in an error with figures', () => {
	it('when RentGuy goes on to refuse', async () => {
		const there = await lab.start();
		await there.addJobs(4);
		there.rentGuy.refusals = 3;
		there.rentGuy.outcome = 'refuse';
		const error = await failure(there);
		expect(error).toBeInstanceOf(QueueNotFlushedError);
		expect(error.message).toMatch(
			/still has 4 jobs, and 2 rounds brought nothing. Attempted 8, delivered 0, remaining 4, failed 4, dead letters 0; 2 rounds/,
		);
		expect(error.hint).toContain('RentGuy answered 503');
	});

	it('but not when it refuses for a while', async () => {
		const there = await lab.start();
		await there.addJobs(4);
		there.rentGuy.refusals = 5;
		expect(await flush(there)).toMatchObject({ attempted: 9, delivered: 4, rounds: 3 });
	});

	it('when RentGuy goes on to refuse (generation A)', async () => {
		const there = await lab.start({ generation: 'A' });
		await there.addJobs(4);
		there.rentGuy.outcome = 'refuse';
		const error = await failure(there);
		expect(error.message).toMatch(/delivered 0, remaining 4, failed unknown, dead letters unknown/);
	});

	it('when jobs are given up on the way, though the queue is empty then', async () => {
		const there = await lab.start();
		await there.addJobs(2);
		await there.addDeadLetters(1);
		there.rentGuy.outcome = 'bury';
		const error = await failure(there);
		expect(error.message).toMatch(/2 of its jobs were not delivered.*delivered 0.*dead letters 3/);
	});

	it('when RentGuy is not configured', async () => {
		const there = await lab.start();
		await there.addJobs(2);
		there.switches.configured = false;
		const error = await failure(there, { onlyIfPending: false });
		expect(error.message).toMatch(
			/not configured on the platform.*2 jobs are pending.*remaining 2/,
		);
		expect(flushes(there)).toEqual([]);
		expect(await failure(there)).toBeInstanceOf(QueueNotFlushedError);
	});

	it('when the queue is paused', async () => {
		const there = await lab.start();
		await there.pauseQueue();
		await there.addJobs(3, 'waiting');
		const error = await failure(there);
		expect(error.message).toMatch(/is paused: 3 jobs wait.*remaining 3/);
		await there.resumeQueue();
		await eventually(() => expect(there.rentGuy.taken).toHaveLength(3));
	});

	it('when the queue is paused in the midst of it', async () => {
		const there = await lab.start();
		await there.addJobs(6);
		there.rentGuy.hold();
		const failing = failure(there, { batchSize: 3 });
		await eventually(async () => expect(await there.status()).toMatchObject({ activeJobs: 1 }));
		await there.pauseQueue();
		there.rentGuy.release();
		expect((await failing).message).toMatch(/is paused: 2 jobs.*delivered 1, remaining 5/);
	});

	it('when the time is over', async () => {
		const there = await lab.start();
		await there.addJobs(2);
		there.rentGuy.hold();
		const error = await failure(there, { deadlineMs: 600 });
		expect(error.message).toMatch(/still has 2 jobs after 0.01 minutes.*remaining 2.*; 1 rounds/);
	});
});

describe('the allowance', () => {
	it('is waited for as long as the platform says', async () => {
		const there = await lab.start({ flushAllowance: { calls: 1, windowMs: 1_000 } });
		await there.addJobs(2);
		const { waitedSeconds, ...result } = await flush(there, { batchSize: 1 });
		expect(result).toMatchObject({ outcome: 'flushed', delivered: 2, rounds: 2 });
		expect(waitedSeconds).toBeGreaterThanOrEqual(1);
		expect(flushes(there).map(({ status }) => status)).toEqual([200, 429, 200]);
	});

	it('is not waited for beyond the time limit', async () => {
		const there = await lab.start({ flushAllowance: { calls: 1, windowMs: 60_000 } });
		await there.addJobs(2);
		const error = await failure(there, { batchSize: 1 });
		expect(error.message).toMatch(
			/takes the next call in \d+ seconds only.*delivered 1, remaining 1/,
		);
	});

	it('of all calls is waited for too (generation A)', async () => {
		const overallAllowance = { calls: 6, windowMs: 1_000 };
		const there = await lab.start({ generation: 'A', overallAllowance, ...GENEROUS });
		await there.addJobs(4);
		expect(await flush(there, { batchSize: 1 })).toMatchObject({ delivered: 4, rounds: 4 });
		expect(there.requests.map(({ status }) => status)).toContain(429);
	});
});

describe('a platform that does not answer', () => {
	const impatient = { client: { flushTimeoutMs: 300, statusTimeoutMs: 300 } };

	it('may have flushed all the same: the status is read before anything else is done', async () => {
		const there = await lab.start(GENEROUS);
		await there.addJobs(2);
		// Whatever comes after the flush finds it still unanswered, and goes on when Redis does.
		there.whenAsked('POST', () => {
			there.freezeRedis();
			there.whenAsked('GET', there.thawRedis);
		});
		expect(await flush(there, impatient)).toMatchObject({
			...{ outcome: 'flushed', delivered: 2, remaining: 0, rounds: 1, unansweredRounds: 1 },
			...{ attempted: 0, warnings: [expect.stringMatching(/^1 of 1 rounds had no answer/)] },
		});
		expect(flushes(there)).toHaveLength(1);
		expect(there.rentGuy.taken).toHaveLength(2);
	});

	it('leaves the outcome unknown when it never comes back', async () => {
		const there = await lab.start();
		await there.addJobs(2);
		there.rentGuy.hold();
		const failing = failure(there, { ...impatient, pace: { laterAnswer: 500 } });
		await eventually(() => expect(flushes(there)).toHaveLength(1));
		await there.goDown();
		const error = await failing;
		expect(error).toBeInstanceOf(QueueNotFlushedError);
		expect(error.message).toMatch(
			/refused the connection. What came of the last round is unknown; before it: .*remaining 2/,
		);
		there.rentGuy.release();
	});

	it('is waited for while it restarts, before and after a round', async () => {
		const there = await lab.start();
		await there.addJobs(4);
		await there.goDown();
		const flushing = flush(there, { batchSize: 2, pace: { firstAnswer: 10_000 } });
		await there.comeBack();
		await eventually(() => expect(flushes(there).length).toBeGreaterThan(0));
		await there.goDown();
		await there.comeBack();
		expect(await flushing).toMatchObject({ outcome: 'flushed', remaining: 0 });
		expect(there.rentGuy.taken).toHaveLength(4);
	});

	it('is given up soon when it never answered', async () => {
		const there = await lab.start();
		await there.goDown();
		const error = await failure(there, { pace: { firstAnswer: 200 } });
		expect(error.message).toMatch(/^The RentGuy dashboard server at .* refused the connection.$/);
	});
});

describe('somebody who presses stop', () => {
	it('is heard during a wait for the allowance', async () => {
		const there = await lab.start({ flushAllowance: { calls: 1, windowMs: 20_000 } });
		await there.addJobs(2);
		const stop = new AbortController();
		const stopped = failure(there, { batchSize: 1, signal: stop.signal });
		await eventually(() => expect(flushes(there).at(-1)?.status).toBe(429));
		stop.abort();
		expect((await stopped).name).toBe('CancelledError');
		expect(flushes(there)).toHaveLength(2);
	});

	it('is heard during a flush that hangs', async () => {
		const there = await lab.start();
		await there.addJobs(2);
		there.whenAsked('POST', there.freezeRedis);
		const stop = new AbortController();
		const stopped = failure(there, { signal: stop.signal });
		await eventually(() => expect(flushes(there)).toHaveLength(1));
		stop.abort();
		expect((await stopped).name).toBe('CancelledError');
		expect(flushes(there)).toMatchObject([{ status: 0 }]);
	});
});
