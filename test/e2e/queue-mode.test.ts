import { eventually } from '../support/eventually';
import { freePort } from '../support/free-port';
import { failureOf, outputOf, type Execution } from '../support/n8n/n8n-client';
import type { N8nProcess } from '../support/n8n/n8n-process';
import { connectionsTo } from '../support/process-table';
import { startRedis, type RunningRedis } from '../support/redis-server';
import { setValues } from '../support/settings-with';
import { redisCredential } from '../support/stage/credentials';
import { sessionsIn, withClient } from '../support/stage/owned-database';
import { runOnSchedule } from '../support/stage/scheduled-run';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { afterRestore, changeSettings } from '../support/stage/site-settings';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;

let redis: RunningRedis;
let stage: Stage;
let worker: N8nProcess;

beforeAll(async () => {
	redis = await startRedis();
	stage = await setStage({
		settings: {
			EXECUTIONS_MODE: 'queue',
			OFFLOAD_MANUAL_EXECUTIONS_TO_WORKERS: 'true',
			QUEUE_BULL_REDIS_HOST: redis.host,
			QUEUE_BULL_REDIS_PORT: String(redis.port),
			QUEUE_BULL_REDIS_PASSWORD: redis.password,
		},
	});
	worker = await stage.n8n.startWorker();
	await changeSettings(stage.n8n.client, {
		...afterRestore(stage),
		'restore.schemaQuery': 'select count(*) > 0 as ok from bookings',
	});
	await withClient(stage.database, async (client) => {
		await client.query('create table bookings (id int primary key)');
		await client.query('insert into bookings select generate_series(1, 700)');
	});
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
	await redis?.stop();
});

/** Starts a backup whose upload the store never answers; resolves when it hangs there. */
async function startBackupThatHangs(): Promise<string> {
	const seen = stage.s3.requests.length;
	const isPayload = ({ key }: { key: string }) => key.includes('.dump');
	stage.s3.faults.clear();
	stage.s3.faults.add({ method: 'PUT', when: isPayload, effect: { kind: 'hang' } });
	const id = await stage.n8n.client.run('drBackUpPostgres');
	await eventually(() => {
		expect(stage.s3.requests.slice(seen).some(isPayload)).toBe(true);
	}, 60_000);
	return id;
}

async function runOnWorker(workflowId: string): Promise<Execution> {
	const execution = await stage.n8n.client.finished(await stage.n8n.client.run(workflowId));
	await expectOnWorker(execution);
	return execution;
}

async function expectOnWorker({ id }: Execution): Promise<void> {
	expect(await worker.logTail()).toMatch(new RegExp(`finished execution ${id}\\b`));
}

test('a worker backs up, loses and restores the database', async () => {
	const backup = await runOnWorker('drBackUpPostgres');
	expect(backup.status).toBe('success');
	expect(outputOf(backup, 'Back up the database')).toMatchObject([{ rows: 700 }]);

	await withClient(stage.database, async (client) => await client.query('delete from bookings'));
	const restore = await runOnWorker('drRestorePostgres');
	expect(restore.status).toBe('success');
	await withClient(stage.database, async (client) => {
		const { rows } = await client.query('select count(*)::int as bookings from bookings');
		expect(rows).toEqual([{ bookings: 700 }]);
	});
}, 120_000);

test('a worker backs up, loses and restores the Redis', async () => {
	const admin = stage.redis.admin();
	try {
		await admin.set('booking', 'seven hundred');
		const backup = await runOnWorker('drBackUpRedis');
		expect(backup.status).toBe('success');
		expect(outputOf(backup, 'Summarise the run')).toMatchObject([{ verified: 'readable' }]);

		await admin.flushall();
		const restore = await runOnWorker('drRestoreRedis');
		expect(restore.status).toBe('success');
		expect(await admin.get('booking')).toBe('seven hundred');
	} finally {
		admin.disconnect();
	}
}, 120_000);

test('the schedule of the hourly backup has a worker make all of its parts', async () => {
	const { n8n, platform, platformRedis } = stage;
	await platform.addJobs(3);
	const queue = { id: 'rentGuyQueue', name: 'RentGuy queue' };
	await n8n.importCredentials([{ ...redisCredential(platformRedis), ...queue }]);
	const hourly = await shippedWorkflow('back-up-hourly.json');
	nodeOf(hourly, 'Every thirty minutes').parameters = {
		rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] },
	};
	nodeOf(hourly, 'Export and read back the queue').credentials!['drRedisServerApi'] = queue;
	await n8n.importWorkflows([hourly]);
	const run = await runOnSchedule(n8n.client, hourly.id);
	if (run.status !== 'success') throw new Error(failureOf(run));
	await expectOnWorker(run);
	expect(outputOf(run, 'Summarise the run')).toMatchObject([
		{ made: ['Postgres', 'Redis', 'RentGuy-wachtrij'], failed: [] },
	]);
}, 120_000);

test('a worker watches the platform, and tells people once', async () => {
	const { n8n, platform, mail, slack } = stage;
	const settings = await shippedWorkflow('settings.json');
	setValues(settings, {
		'site.healthUrl': `${platform.baseUrl}/health`,
		'site.certificateHost': '127.0.0.1',
		'site.certificatePort': await freePort(),
		'runs.backUpManagedEnvMinutes': 0,
		'runs.pruneAndReportMinutes': 0,
	});
	await n8n.importWorkflows([settings]);
	await n8n.client.publish('drSettings');
	const watch = async () => {
		const run = await runOnWorker('drWatchPlatform');
		if (run.status !== 'success') throw new Error(failureOf(run));
	};
	await watch();
	await watch();
	expect(mail.mails).toMatchObject([{ subject: '[Mister DJ] Niet in orde: Certificaat' }]);
	expect(slack.messages).toHaveLength(1);
}, 120_000);

test('a backup on a worker that is stopped in the editor leaves nothing behind', async () => {
	const objects = stage.s3.objects();
	const files = await stage.filesInDirectory();
	const id = await startBackupThatHangs();
	expect(await connectionsTo(stage.postgres.port, worker.pid)).toBeGreaterThan(0);

	await stage.n8n.client.stopExecution(id);
	expect(await stage.n8n.client.finished(id)).toMatchObject({ status: 'canceled' });
	await eventually(async () => {
		expect(await sessionsIn(stage.database)).toEqual([]);
		expect(await stage.filesInDirectory()).toEqual(files);
		expect(await connectionsTo(Number(new URL(stage.s3.endpoint).port), worker.pid)).toBe(0);
	});
	expect(stage.s3.objects()).toEqual(objects);
}, 120_000);

test('a worker that dies half-way leaves nothing that looks like a backup', async () => {
	const manifests = async () =>
		[...stage.s3.objects().map(({ key }) => key), ...(await stage.filesInDirectory())].filter(
			(key) => key.endsWith('manifest.json'),
		);
	const before = await manifests();
	await startBackupThatHangs();
	process.kill(worker.pid, 'SIGKILL');
	await eventually(async () => expect(await sessionsIn(stage.database)).toEqual([]));
	expect(await manifests()).toEqual(before);

	stage.s3.faults.clear();
	worker = await stage.n8n.startWorker();
	expect(await runOnWorker('drBackUpPostgres')).toMatchObject({ status: 'success' });
	expect(await manifests()).toHaveLength(before.length + 2);
}, 180_000);
