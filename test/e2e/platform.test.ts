import { failureOf, outputOf } from '../support/n8n/n8n-client';
import { rentGuyCredential } from '../support/stage/credentials';
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
