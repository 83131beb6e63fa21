import { clientOf, Lab } from './lab';

const lab = new Lab();

beforeAll(async () => await lab.open());

afterEach(async () => await lab.tidy());

afterAll(async () => await lab.close());

describe('the status', () => {
	it('counts failed jobs as pending, which the platform does not (generation B)', async () => {
		const there = await lab.start();
		await there.addJobs(3, 'failed');
		expect(await there.status()).toMatchObject({ queueSize: 0 });
		expect(await clientOf(there).status()).toMatchObject({
			...{ configured: true, workspaceId: 'ws-1', pending: 3, failed: 3, active: 0 },
			...{ pausedJobs: 0, deadLetters: 0, nextJob: null },
			lastError: { message: 'RentGuy answered 503', at: expect.any(String) as unknown },
		});
		await there.addJobs(2);
		await there.addDeadLetters(4);
		expect(await clientOf(there).status()).toMatchObject({
			...{ pending: 5, failed: 3, deadLetters: 4 },
			nextJob: { ageSeconds: expect.any(Number) as unknown },
		});
	});

	it('counts the jobs of a paused queue as pending', async () => {
		const there = await lab.start();
		await there.pauseQueue();
		await there.addJobs(2, 'waiting');
		expect(await there.status()).toMatchObject({ queueSize: 0 });
		expect(await clientOf(there).status()).toMatchObject({ pending: 2, pausedJobs: 2 });
	});

	it('says nothing about what generation A does not tell', async () => {
		const there = await lab.start({ generation: 'A' });
		await there.addJobs(3);
		there.switches.configured = false;
		expect(await clientOf(there).status('public')).toMatchObject({
			...{ configured: false, pending: 3, failed: null, deadLetters: null, active: null },
			...{ pausedJobs: null, lastSuccess: null, lastError: null },
			nextJob: { resource: expect.any(String) as unknown },
		});
	});

	it('is read at the public endpoint without the login, also while the dashboard is disabled', async () => {
		const there = await lab.start();
		there.switches.dashboardEnabled = false;
		expect(await clientOf(there).status('public')).toMatchObject({ pending: 0 });
		expect(there.requests).toEqual([
			expect.objectContaining({ path: '/api/integrations/rentguy/status', hasLogin: false }),
		]);
	});

	it.each([
		['/api', ''],
		['', '/api'],
	] as const)('is found where the prefix is "%s" and the base URL ends with "%s"', async (a, b) => {
		const there = await lab.start({ prefix: a });
		const origin = `http://127.0.0.1:${there.port}`;
		const client = clientOf(there, { baseUrl: `${origin}${b}` });
		expect(await client.status()).toMatchObject({ pending: 0 });
		expect(client.warnings).toEqual([expect.stringContaining(`it does at ${origin}${a}:`)]);
		await client.status();
		expect(there.requests).toHaveLength(3);
	});
});
