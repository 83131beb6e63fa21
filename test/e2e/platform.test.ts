import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { createServerCertificate } from '../support/certificates';
import { failureOf, outputOf, type Workflow } from '../support/n8n/n8n-client';
import { plantBackup } from '../support/repository/plant-backup';
import { rentGuyCredential } from '../support/stage/credentials';
import { shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const FLUSH = 'drFlushRentGuyQueue';

let stage: Stage;

beforeAll(async () => {
	stage = await setStage();
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
});

test('the RentGuy queue is flushed, and a paused one is an error with figures', async () => {
	const { platform } = stage;
	const { client } = stage.n8n;
	const ids = [...(await platform.addJobs(4)), ...(await platform.addJobs(2, 'failed'))];
	const flushed = await client.finished(await client.run(FLUSH));
	if (flushed.status !== 'success') throw new Error(failureOf(flushed));
	expect(outputOf(flushed, 'Summarise the run')).toMatchObject([
		{ outcome: 'flushed', pendingBefore: 6, delivered: 6, remaining: 0, warnings: [] },
	]);
	expect(platform.rentGuy.taken.sort()).toEqual(ids.sort());

	await platform.pauseQueue();
	await platform.addJobs(1, 'waiting');
	const refused = await client.finished(await client.run(FLUSH));
	expect(refused.status).toBe('error');
	expect(failureOf(refused)).toMatch(/queue is paused.*remaining 1/);
	await platform.resumeQueue();
	expect(JSON.stringify([flushed, refused])).not.toContain(platform.password);
}, 120_000);

test('the credential says what is wrong with it', async () => {
	const credentials = rentGuyCredential(stage.platform);
	const test = async (changes: object) =>
		await stage.n8n.client.editor('POST', 'credentials/test', {
			credentials: { ...credentials, data: { ...credentials.data, ...changes } },
		});
	expect(await test({})).toMatchObject({ status: 'OK', message: 'Connected: 0 jobs are pending.' });
	expect(await test({ password: 'wrong' })).toMatchObject({
		...{ status: 'Error', message: expect.stringMatching(/refused the user/) as unknown },
	});
	const baseUrl = stage.platform.baseUrl.replace('/api', '');
	expect(await test({ baseUrl })).toMatchObject({
		...{ status: 'Error', message: expect.stringMatching(/correct the base URL/) as unknown },
	});
});

test('the platform is watched: who has to know is told of changes, once each', async () => {
	const { platform, backupDirectory } = stage;
	const { client } = stage.n8n;
	const { ca, certificate, key } = await createServerCertificate(undefined, 30);
	const website = createServer({ cert: certificate, key }).listen(0, '127.0.0.1');
	await once(website, 'listening');
	try {
		const { port } = website.address() as AddressInfo;
		const shipped = await shippedWorkflow('watch-platform.json');
		const watch = atAddresses(shipped, `${platform.baseUrl}/health`, port, ca);
		await stage.n8n.importWorkflows([watch]);
		for (const component of ['postgres', 'redis']) {
			plantBackup(backupDirectory, { component, at: new Date(), levels: ['readable'] });
		}
		const told = async () => {
			const execution = await client.finished(await client.run(watch.id));
			if (execution.status !== 'success') throw new Error(failureOf(execution));
			expect(JSON.stringify(execution)).not.toContain(platform.password);
			return outputOf(execution, 'Put your alert here');
		};
		const database = (connected: boolean) => (platform.switches.database.connected = connected);
		expect(await told()).toEqual([]);

		database(false);
		expect(await told()).toMatchObject([
			{
				subject: 'Unhealthy: Health',
				message: expect.stringMatching(
					/^5 checks: 4 pass, 0 warn, 1 fail\.\n\nHealth: .*database\.connected == true, seen false/,
				) as unknown,
			},
		]);
		expect(await told()).toEqual([]);
		expect(await told()).toEqual([]);

		await platform.pauseQueue();
		await platform.addJobs(1, 'waiting');
		expect(await told()).toMatchObject([{ subject: 'Unhealthy: Health, RentGuy queue' }]);
		expect(await told()).toEqual([]);
		await platform.resumeQueue();

		database(true);
		expect(await told()).toMatchObject([
			{ subject: 'Healthy again: the platform', message: '5 checks: 5 pass, 0 warn, 0 fail.' },
		]);
		expect(await told()).toEqual([]);
	} finally {
		website.close();
	}
}, 240_000);

/** The workflow as somebody has set it up. */
function atAddresses(workflow: Workflow, healthUrl: string, port: number, ca: string): Workflow {
	const text = JSON.stringify(workflow)
		.replace('"https://mr-dj.example/api/health"', JSON.stringify(healthUrl))
		.replace('"mr-dj.example"', '"127.0.0.1"')
		.replace('"value":443', `"value":${port}`)
		.replace('"tlsOptions":{}', `"tlsOptions":${JSON.stringify({ ca })}`);
	return JSON.parse(text) as Workflow;
}
