import type { Check } from '../../../core/health/check';
import { probeRentGuyQueue, RENTGUY_QUEUE } from '../../../core/health/probes/rentguy-queue';
import type { StatusEndpoint } from '../../../core/rentguy/client';
import type { RentGuyServer } from '../../../core/rentguy/server';
import { type Platform, type PlatformOptions, startPlatform } from '../../support/platform';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { checkOf, seenBy } from './checking';

let redis: RunningRedis;
let platform: Platform;

beforeAll(async () => {
	redis = await startRedis();
});

beforeEach(async () => {
	platform = await startPlatform({ redis });
});

afterEach(async () => {
	await platform.stop();
	const admin = redis.admin();
	await admin.flushall();
	admin.disconnect();
});

afterAll(async () => await redis?.stop());

/** Starts another one in the place of that of the test. */
async function become(options: Omit<PlatformOptions, 'redis'>): Promise<void> {
	await platform.stop();
	platform = await startPlatform({ redis, ...options });
}

async function seen(
	conditions: Partial<Check> = {},
	changes: Partial<RentGuyServer> = {},
	endpoint: StatusEndpoint = 'dashboard',
) {
	const { baseUrl, user, password } = platform;
	const server = { baseUrl, user, password, tls: { mode: 'verify-full' }, ...changes } as const;
	const result = await seenBy(
		checkOf(
			RENTGUY_QUEUE,
			(signal, timeoutMs) => probeRentGuyQueue({ server, endpoint }, signal, timeoutMs),
			conditions,
		),
	);
	expect(JSON.stringify(result)).not.toContain(password);
	return result;
}

test('an empty queue is healthy, and nothing waits in it', async () => {
	expect(await seen()).toMatchObject({
		...{ status: 'pass', observedValue: 0, output: '0 jobs pending.' },
	});
	const fail = ['[NEXT_JOB_AGE] < 5m', '[PAUSED] == no', '[DEAD_LETTERS] == 0'];
	expect(await seen({ fail })).toMatchObject({ status: 'pass' });
	const unknown = await seen({ fail: ['[LAST_SUCCESS_AGE] < 1h'] });
	expect(unknown.output).toMatch(
		/seen nothing: the platform tells of no success since it was started/,
	);
});

test('jobs that wait, have failed or were given up are counted', async () => {
	await platform.addJobs(12);
	await platform.addJobs(9, 'failed');
	await platform.addDeadLetters(2);
	const result = await seen();
	expect(result.status).toBe('warn');
	expect(result.output).toMatch(
		/^21 jobs pending, 9 of them failed, 2 dead letters, .*expected \[PENDING\] < 20, seen 21\.$/,
	);
	const { conditions } = await seen({ fail: ['[FAILED] == 9', '[DEAD_LETTERS] == 2'] });
	expect(conditions).toMatchObject([{ met: true }, { met: true }]);
	await platform.addJobs(80);
	expect(await seen()).toMatchObject({ status: 'fail', observedValue: 101 });
});

test('a paused queue, and RentGuy that is not configured', async () => {
	await platform.pauseQueue();
	await platform.addJobs(1, 'waiting');
	const paused = await seen();
	expect(paused.status).toBe('fail');
	expect(paused.output).toMatch(/the queue is paused.*\[PAUSED\] != yes, seen yes/);
	await platform.resumeQueue();
	platform.switches.configured = false;
	const result = await seen();
	expect(result.output).toMatch(/^RentGuy is not configured on the platform, .*seen false/);
});

test('the older platform tells less, and that is not taken for trouble', async () => {
	await become({ generation: 'A' });
	expect(await seen()).toMatchObject({ status: 'pass' });
	const result = await seen({ fail: ['[DEAD_LETTERS] == 0', '[PAUSED] == unknown'] });
	expect(result.conditions).toMatchObject([
		{ met: false, seen: 'nothing: this generation of the platform does not tell' },
		{ met: true },
	]);
});

test('what does not answer', async () => {
	const wrong = await seen({}, { password: 'hunter2' });
	expect(wrong).toMatchObject({
		...{ status: 'fail', output: expect.stringMatching(/refused the user or the password/) },
	});
	expect(JSON.stringify(wrong)).not.toContain('hunter2');
	platform.switches.dashboardEnabled = false;
	expect((await seen()).output).toMatch(/dashboard is disabled/);
	expect(await seen({}, {}, 'public')).toMatchObject({ status: 'pass' });
	platform.freezeRedis();
	const hanging = await seen({ timeoutMs: 300 }, {}, 'public');
	expect(hanging.output).toMatch(
		/(did not answer within 0.3 seconds|no complete answer within 300 ms)/,
	);
	platform.thawRedis();
	await platform.goDown();
	expect((await seen()).output).toMatch(/refused the connection/);
	await platform.comeBack();
	expect(await seen({}, {}, 'public')).toMatchObject({ status: 'pass' });
});

test('a base URL that can be corrected is said', async () => {
	const result = await seen({}, { baseUrl: platform.baseUrl.replace('/api', '') });
	expect(result).toMatchObject({
		...{
			status: 'pass',
			output: expect.stringMatching(/correct the base URL in the credential\.$/),
		},
	});
});
