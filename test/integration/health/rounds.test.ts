import { EventEmitter, once } from 'node:events';

import { CancelledError, ConfigurationError, ConnectionError } from '../../../core/errors';
import type { Check } from '../../../core/health/check';
import { checkOnce } from '../../../core/health/check-once';
import { type Observation, unreachable } from '../../../core/health/observation';
import { HTTP } from '../../../core/health/probes/http';
import { TCP } from '../../../core/health/probes/tcp';
import { waitUntilHealthy } from '../../../core/health/wait-until-healthy';
import { checkOf, httpCheck } from './checking';
import { startWebServer, type WebServer } from './web-server';

let server: WebServer;
/** What the server answers next; it hangs on 0. */
let statuses: () => number = () => 200;
/** Nothing is answered before this many wait for it. */
let gathering = 1;
let waiting: (() => void)[] = [];
let mostOpen = 0;

beforeAll(async () => {
	server = await startWebServer((_request, response) => {
		const status = statuses();
		if (status === 0) return;
		waiting.push(() => response.writeHead(status).end());
		mostOpen = Math.max(mostOpen, waiting.length);
		if (waiting.length < gathering) return;
		for (const answer of waiting.splice(0)) answer();
	});
});

beforeEach(() => {
	[statuses, gathering, waiting, mostOpen] = [() => 200, 1, [], 0];
});

afterAll(() => server.close());

const page = (name = 'Page', conditions = {}) =>
	httpCheck({ url: server.url }, { name, ...conditions });

/** Answers with these one after the other, and with the last from then on. */
function inTurn(...answers: number[]): () => number {
	let next = 0;
	return () => answers[Math.min(next++, answers.length - 1)]!;
}

const wait = (options = {}) => ({
	...{ parallel: 10, intervalMs: 1, stableRounds: 3, deadlineMs: 60_000 },
	...options,
});

describe('many checks', () => {
	it('run 200 at once', async () => {
		gathering = 200;
		const checks = Array.from({ length: 200 }, (_, index) => page(`Page ${index}`));
		const document = await checkOnce(checks, { parallel: 200, retries: 0 });
		expect(document.status).toBe('pass');
		expect(Object.keys(document.checks)).toEqual(checks.map(({ name }) => `${name}:responseTime`));
	});

	it('keep to the limit', async () => {
		gathering = 4;
		const checks = Array.from({ length: 60 }, (_, index) => page(`Page ${index}`));
		await checkOnce(checks, { parallel: 4, retries: 0 });
		expect(mostOpen).toBe(4);
	});

	it('are all told where one fails, also under the same name', async () => {
		statuses = inTurn(200, 500, 200);
		const document = await checkOnce([page(), page(), page()], { parallel: 1, retries: 0 });
		expect(document).toMatchObject({
			...{ status: 'fail', description: '3 checks: 2 pass, 0 warn, 1 fail', notes: ['Page: fail'] },
			checks: { 'Page:responseTime': [{ status: 'pass' }, { status: 'fail' }, { status: 'pass' }] },
		});
	});
});

describe('a check that fails', () => {
	it('is tried again', async () => {
		statuses = inTurn(500, 200);
		const document = await checkOnce([page()], { parallel: 1, retries: 3 });
		expect(document.checks['Page:responseTime']).toMatchObject([{ status: 'pass', attempts: 2 }]);
	});

	it('fails when it did so every time', async () => {
		statuses = () => 500;
		const document = await checkOnce([page()], { parallel: 1, retries: 1 });
		expect(document.checks['Page:responseTime']).toMatchObject([{ status: 'fail', attempts: 2 }]);
	});

	it('is not tried again for a warning', async () => {
		const document = await checkOnce([page('Page', { warn: ['[STATUS] == 201'] })], {
			...{ parallel: 1, retries: 3 },
		});
		expect(document).toMatchObject({
			status: 'warn',
			checks: { 'Page:responseTime': [{ attempts: 1 }] },
		});
	});
});

describe('waiting', () => {
	it('ends when nothing has failed in enough rounds in a row, and says since when', async () => {
		const ends: number[] = [];
		const next = inTurn(503, 200, 503, 503, 200, 200, 200);
		statuses = () => {
			ends.push(Date.now());
			return next();
		};
		const document = await waitUntilHealthy([page()], wait());
		expect(document).toMatchObject({ status: 'pass', rounds: 7, stableRounds: 3 });
		const since = Date.parse(document.healthySince!);
		expect(since).toBeGreaterThanOrEqual(ends[4]!);
		expect(since).toBeLessThanOrEqual(ends[5]!);
	});

	it('takes a warning for healthy', async () => {
		const document = await waitUntilHealthy([page('Page', { warn: ['[STATUS] == 201'] })], wait());
		expect(document).toMatchObject({ status: 'warn', rounds: 3 });
		expect(document.healthySince).toBeDefined();
	});

	it('ends at the deadline with what was seen last', async () => {
		statuses = () => 503;
		const document = await waitUntilHealthy([page()], wait({ deadlineMs: 1_000, intervalMs: 20 }));
		expect(document.status).toBe('fail');
		expect(document.rounds).toBeGreaterThan(1);
		expect(document.output).toContain(
			'The deadline passed after 0 of 3 rounds in a row without a failure. Page: HTTP 503',
		);
		expect(document).not.toHaveProperty('healthySince');
	});

	it('does not call healthy what was so for too short', async () => {
		const document = await waitUntilHealthy(
			[page()],
			wait({ deadlineMs: 1_000, intervalMs: 60_000 }),
		);
		expect(document).toMatchObject({
			...{ status: 'fail', rounds: 1, stableRounds: 1 },
			output: 'The deadline passed after 1 of 3 rounds in a row without a failure.',
		});
		expect(document).not.toHaveProperty('healthySince');
	});

	it('does not outlast the deadline for a server that hangs', async () => {
		statuses = () => 0;
		const document = await waitUntilHealthy([page()], wait({ deadlineMs: 200 }));
		expect(document).toMatchObject({
			...{ status: 'fail', rounds: 1 },
			output: expect.stringContaining('no complete answer before the deadline'),
		});
	});

	it('keeps the last whole round when the deadline falls into the next', async () => {
		statuses = inTurn(503, 0);
		const document = await waitUntilHealthy([page()], wait({ deadlineMs: 1_000 }));
		expect(document).toMatchObject({ rounds: 1, output: expect.stringContaining('HTTP 503') });
	});
});

describe('a run that is cancelled', () => {
	const slow = { parallel: 1, retries: 20, intervalMs: 3_600_000, deadlineMs: 7_200_000 };

	it('ends at once while a server hangs', async () => {
		statuses = () => 0;
		const stop = new AbortController();
		const running = checkOnce([page(), page()], { parallel: 1, retries: 5, signal: stop.signal });
		await once(server.server, 'request');
		stop.abort();
		await expect(running).rejects.toThrow(CancelledError);
	});

	it.each([
		['attempts', (check: Check, signal: AbortSignal) => checkOnce([check], { ...slow, signal })],
		[
			'rounds',
			(check: Check, signal: AbortSignal) => waitUntilHealthy([check], wait({ ...slow, signal })),
		],
	])('ends at once between two %s', async (_between, run) => {
		const stop = new AbortController();
		const events = new EventEmitter();
		const probed = once(events, 'probed');
		const down = checkOf(TCP, async () => {
			events.emit('probed');
			return unreachable('down');
		});
		const running = run(down, stop.signal);
		await probed;
		// By then the pause has begun.
		await new Promise(setImmediate);
		stop.abort();
		await expect(running).rejects.toThrow(CancelledError);
	});

	it('ends also where a probe does not listen', async () => {
		const stop = new AbortController();
		const deaf = checkOf(TCP, () => new Promise<Observation>(() => undefined));
		const running = checkOnce([deaf], { parallel: 1, retries: 0, signal: stop.signal });
		stop.abort();
		await expect(running).rejects.toThrow(CancelledError);
	});
});

describe('a probe', () => {
	const run = (probe: Check['probe'], others: Check[] = []) =>
		checkOnce([checkOf(TCP, probe), ...others], { parallel: 2, retries: 0 });

	it('that cannot reach its target has seen that', async () => {
		const refused = new ConnectionError('The server says no to postgres://u:s3cr3t@db/x.', {
			hint: '',
		});
		const document = await run(() => Promise.reject(refused));
		expect(document.output).toBe('Target: The server says no to postgres://…@db/x.');
	});

	it('with settings that cannot work ends the whole run, and nothing goes on behind it', async () => {
		let ended: unknown;
		const other = checkOf(TCP, async (signal) => {
			await once(signal, 'abort');
			ended = signal.aborted;
			return unreachable('stopped');
		});
		const wrong = new ConfigurationError('This cannot work.', { hint: '' });
		await expect(run(() => Promise.reject(wrong), [other])).rejects.toBe(wrong);
		expect(ended).toBe(true);
	});

	it('that is faulty is not taken for a target that is down', async () => {
		const fault = new TypeError('undefined is not a function');
		await expect(run(() => Promise.reject(fault))).rejects.toBe(fault);
	});
});

it('refuses a condition before anything is checked', async () => {
	let probed = 0;
	const probe = () => Promise.resolve(unreachable(String(++probed)));
	const checks = [checkOf(TCP, probe), checkOf(HTTP, probe, { warn: ['', '  [STATUS] == ok'] })];
	for (const run of [
		() => checkOnce(checks, { parallel: 1, retries: 0 }),
		() => waitUntilHealthy(checks, wait()),
	]) {
		await expect(run()).rejects.toThrow(
			'A condition of the check "Target" cannot be used: a number is expected (Warn Unless, line 2, column 15). Nothing was checked.',
		);
	}
	expect(probed).toBe(0);
});
