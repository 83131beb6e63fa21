import { outputOf } from '../support/n8n/n8n-client';
import type { N8nProcess } from '../support/n8n/n8n-process';
import { startRedis, type RunningRedis } from '../support/redis-server';
import { withClient } from '../support/stage/owned-database';
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
	await withClient(stage.database, async (client) => {
		await client.query('create table bookings (id int primary key)');
		await client.query('insert into bookings select generate_series(1, 700)');
	});
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
	await redis?.stop();
});

async function runOnWorker(workflowId: string) {
	const id = await stage.n8n.client.run(workflowId);
	const execution = await stage.n8n.client.finished(id);
	expect(await worker.logTail()).toMatch(new RegExp(`finished execution ${id}\\b`));
	return execution;
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
