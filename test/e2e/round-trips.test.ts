import type { Redis } from 'ioredis';

import { failureOf, outputOf, type Execution } from '../support/n8n/n8n-client';
import { contentOf, fillWithEverything } from '../support/redis/content';
import { redisCredential } from '../support/stage/credentials';
import { withClient } from '../support/stage/owned-database';
import { runOnSchedule } from '../support/stage/scheduled-run';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { afterRestore, changeSettings } from '../support/stage/site-settings';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const ID = 'everyFiveSeconds';

let stage: Stage;
let admin: Redis;

beforeAll(async () => {
	stage = await setStage();
	await changeSettings(stage.n8n.client, {
		...afterRestore(stage),
		'restore.schemaQuery': 'select count(*) > 0 as ok from bookings',
	});
	await withClient(stage.database, async (client) => {
		await client.query('create table bookings (id int primary key, venue text)');
		await client.query(
			`insert into bookings select i, 'venue ' || i from generate_series(1, 500) i`,
		);
	});
	admin = stage.redis.admin();
	await fillWithEverything(admin);
	const workflow = await shippedWorkflow('back-up-postgres.json');
	Object.assign(nodeOf(workflow, 'Called by another workflow'), {
		...{ type: 'n8n-nodes-base.scheduleTrigger', typeVersion: 1.4 },
		parameters: { rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] } },
	});
	await stage.n8n.importWorkflows([{ ...workflow, id: ID, name: 'Back up every five seconds' }]);
}, START_LIMIT_MS);

afterAll(async () => {
	admin?.disconnect();
	await stage?.clear();
});

/** Runs a shipped workflow that has to succeed. */
async function runByHand(workflowId: string): Promise<Execution> {
	const { client } = stage.n8n;
	const execution = await client.finished(await client.run(workflowId));
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	return execution;
}

async function bookings(): Promise<number> {
	return await withClient(stage.database, async (client) => {
		const { rows } = await client.query<{ count: number }>('select count(*)::int from bookings');
		return rows[0]!.count;
	});
}

test('an imported backup workflow waits until it is published', async () => {
	expect(await stage.n8n.client.workflow(ID)).toMatchObject({ active: false });
	expect(await stage.n8n.client.executions(ID)).toEqual([]);
});

test('once published its schedule leaves verified backups in both stores', async () => {
	const run = await runOnSchedule(stage.n8n.client, ID);

	expect(run).toMatchObject({ mode: 'trigger', status: 'success' });
	const [backup] = outputOf(run, 'Back up the database');
	expect(backup).toMatchObject({ tables: 1, rows: 500, warnings: [] });
	const folder = `postgres/${String(backup?.['name'])}/${String(backup?.['backupId'])}/`;
	const expected = [
		`${folder}manifest.json`,
		expect.stringMatching(/\.dump\.zst\.age$/),
		expect.stringMatching(/\/verified-restored-\d{14}\.json$/),
	];
	const inS3 = stage.s3.objects().map(({ key }) => key);
	expect(inS3.filter((key) => key.startsWith(folder)).sort()).toEqual(expected);
	const inDirectory = await stage.filesInDirectory();
	expect(inDirectory.filter((key) => key.startsWith(folder)).sort()).toEqual(expected);
}, 90_000);

test('a restore brings the rows back, its undo brings back what was before it', async () => {
	await withClient(stage.database, async (client) => {
		await client.query('delete from bookings where id > 42');
	});
	const [restored] = outputOf(await runByHand('drRestorePostgres'), 'Summarise the restore');
	expect(restored).toMatchObject({
		...{ outcome: 'done', migrations: 'done', schema: 'pass', health: 'pass', rows: 500 },
		...{ safetyBackupId: expect.stringMatching(/^before-restore\./) as unknown, warnings: [] },
	});
	expect(await bookings()).toBe(500);

	await runByHand('drUndoRestore');
	expect(await bookings()).toBe(42);
}, 120_000);

test('a restore whose migrations fail says what to do by hand, one press from the way back', async () => {
	const { client } = stage.n8n;
	await changeSettings(client, { 'hosts.migrateCommand': 'exit 3' });
	const run = await client.finished(await client.run('drRestorePostgres'));
	expect(run.status).toBe('error');
	expect(failureOf(run)).toContain(
		'De migraties zijn niet gelukt: Het commando eindigde met code 3.',
	);
	expect(failureOf(run)).toMatch(/exit 3\n\nTerug naar de vorige database \(mrdj_db_before_\d+\)/);
	expect(outputOf(run, 'Summarise the restore')).toMatchObject([
		{ outcome: 'failed', migrations: 'failed', schema: 'not checked', rows: 500 },
	]);
	expect(await bookings()).toBe(500);

	await runByHand('drUndoRestore');
	expect(await bookings()).toBe(42);
}, 120_000);

test('a Redis that was backed up, lost and restored has what it had', async () => {
	const before = await contentOf(admin);
	const [backup] = outputOf(await runByHand('drBackUpRedis'), 'Summarise the run');
	expect(backup).toMatchObject({
		...{ verified: 'readable', consistency: 'point-in-time', checksum: 'verified', warnings: [] },
	});
	const id = String(backup?.['backupId']);
	const inS3 = stage.s3.objects().map(({ key }) => key);
	const inDirectory = await stage.filesInDirectory();
	for (const keys of [inS3, inDirectory]) {
		expect(keys.filter((key) => key.includes(`/${id}/`)).sort()).toEqual([
			expect.stringMatching(/\.rdb\.zst\.age$/),
			expect.stringMatching(/\/manifest\.json$/),
			expect.stringMatching(/\/verified-readable-\d{14}\.json$/),
		]);
	}

	await admin.flushall();
	await admin.set('written since', 'the disaster');

	const [restored] = outputOf(await runByHand('drRestoreRedis'), 'Summarise the restore');
	expect(restored).toMatchObject({
		...{ backupId: id, method: 'replication', countsCompared: true, warnings: [] },
		...{ outcome: 'done', health: 'pass' },
		...{ safetySnapshot: expect.stringMatching(/^before-restore\./) as unknown },
	});
	expect(await contentOf(admin)).toEqual(before);
}, 120_000);

test('the credential of a Redis says what the server permits', async () => {
	const credentials = redisCredential(stage.redis);
	expect(await stage.n8n.client.editor('POST', 'credentials/test', { credentials })).toMatchObject({
		status: 'OK',
		message: expect.stringMatching(/^Connected to Redis .* by replication/) as unknown,
	});
});
