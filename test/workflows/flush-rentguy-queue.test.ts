import { createEngine, type Engine, type WorkflowFile } from '../support/engine-harness';
import { eventually } from '../support/eventually';
import { type Platform, startPlatform } from '../support/platform';
import { startRedis, type RunningRedis } from '../support/redis-server';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const SUMMARY = 'Summarise the run';

let redis: RunningRedis;
let platform: Platform;
let engine: Engine;

beforeAll(async () => {
	redis = await startRedis();
});

beforeEach(async () => {
	platform = await startPlatform({ redis });
	engine = await createEngine({ credentials: credentials() });
});

afterEach(async () => {
	await platform.stop();
	const admin = redis.admin();
	await admin.flushall();
	admin.disconnect();
});

afterAll(async () => {
	await redis?.stop();
});

const credentials = (changes: object = {}) => ({
	'RentGuy dashboard': {
		...{ baseUrl: platform.baseUrl, user: platform.user, password: platform.password },
		...changes,
	},
});

const shipped = () => shippedWorkflows()['flush-rentguy-queue'] as WorkflowFile;

const itemsOf = ({ output }: Awaited<ReturnType<Engine['run']>>, node: string) =>
	(output(node)[0] ?? []).map(({ json }) => json);

describe('the shipped workflow', () => {
	it('delivers what is pending, and sums it up', async () => {
		const ids = await platform.addJobs(3);
		const run = await engine.run(shipped());
		expect(run.error?.message).toBeUndefined();
		expect(itemsOf(run, 'Look at the queue')).toMatchObject([{ pending: 3, warnings: [] }]);
		expect(itemsOf(run, SUMMARY)).toMatchObject([
			{ outcome: 'flushed', pendingBefore: 3, delivered: 3, remaining: 0, warnings: [] },
		]);
		expect(platform.rentGuy.taken.sort()).toEqual(ids.sort());
		expect(JSON.stringify(run)).not.toContain(platform.password);
	});

	it('runs once for another workflow, whatever that hands over', async () => {
		const items = [{ json: {} }, { json: {} }];
		const run = await engine.run(shipped(), { startAt: 'Called by another workflow', items });
		expect(itemsOf(run, SUMMARY)).toMatchObject([{ outcome: 'nothing-pending', rounds: 0 }]);
		expect(platform.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
	});

	it('fails with figures where RentGuy is not configured', async () => {
		await platform.addJobs(2);
		platform.switches.configured = false;
		const { status, error } = await engine.run(shipped());
		expect(status).toBe('error');
		expect(error?.message).toMatch(/not configured on the platform.*remaining 2/);
	});

	it('says what is wrong with the login without showing it', async () => {
		const password = 'not-the-password';
		const wrong = await createEngine({ credentials: credentials({ password }) });
		const { error } = await wrong.run(shipped());
		expect(error?.message).toMatch(/refused the user or the password/);
		expect(JSON.stringify(error)).not.toContain(password);
	});

	it('stops at once when somebody presses stop', async () => {
		await platform.addJobs(2);
		platform.whenAsked('POST', platform.freezeRedis);
		const stop = new AbortController();
		const running = engine.run(shipped(), { signal: stop.signal });
		await eventually(() => expect(platform.requests.at(-1)?.method).toBe('POST'));
		stop.abort();
		expect((await running).status).toBe('canceled');
	});
});
