import { randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { NO_TRACES, type Scene, type Traces, tracesOf } from '../support/aftermath';
import { randomFrom } from '../support/crash/random';
import { eventually } from '../support/eventually';
import { failureOf, type Execution } from '../support/n8n/n8n-client';
import { programsWith } from '../support/process-table';
import { withClient } from '../support/stage/owned-database';
import { afterRestore, changeSettings } from '../support/stage/site-settings';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const BACK_UP = 'drBackUpPostgres';
const RESTORE = 'drRestorePostgres';
const WHOLE = 20_000;
const LOST = 42;
/** What only a prune removes. */
const UNTIL_PRUNED: (keyof Traces)[] = ['uncommitted', 'uploads'];
/** What the next run of the same workflow removes too. */
const UNTIL_NEXT_RUN: (keyof Traces)[] = [...UNTIL_PRUNED, 'databases'];

/** To see a failure again: the seed is in the names of the tests. */
const seed = Number(process.env.CAMPAIGN_SEED ?? randomInt(1_000_000));
const random = randomFrom(seed);

let stage: Stage;
let scene: Scene;
/** How long an undisturbed run takes, in milliseconds. */
const durations = new Map<string, number>();

beforeAll(async () => {
	stage = await setStage();
	const { postgres, s3, repository, backupDirectory: directory } = stage;
	scene = { postgres, s3, repository, directory };
	await changeSettings(stage.n8n.client, {
		...afterRestore(stage),
		'restore.schemaQuery': 'select count(*) > 0 as ok from bookings',
	});
	await withClient(stage.database, async (client) => {
		await client.query('create table bookings (id int primary key, venue text)');
		await client.query(
			`insert into bookings select i, repeat(md5(i::text), 10) from generate_series(1, ${WHOLE}) i`,
		);
	});
	for (const workflow of [BACK_UP, RESTORE]) {
		const startedAt = Date.now();
		await succeed(workflow);
		durations.set(workflow, Date.now() - startedAt);
	}
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
});

async function succeed(workflow: string): Promise<Execution> {
	const { client } = stage.n8n;
	const execution = await client.finished(await client.run(workflow));
	expect({ status: execution.status, failure: failureOf(execution) }).toEqual({
		status: 'success',
		failure: 'status success',
	});
	return execution;
}

async function bookings(): Promise<number> {
	return await withClient(stage.database, async (client) => {
		const { rows } = await client.query<{ count: number }>('select count(*)::int from bookings');
		return rows[0]!.count;
	});
}

async function expectOnly(allowed: (keyof Traces)[]): Promise<void> {
	const traces = await tracesOf(scene, allowed);
	for (const name of allowed) traces[name] = [];
	expect(traces).toEqual(NO_TRACES);
}

/** Runs the workflow, kills n8n in its middle, looks at what is left, and starts n8n again. */
async function killInTheMiddleOf(workflow: string): Promise<void> {
	const id = await stage.n8n.client.run(workflow);
	await sleep(random() * durations.get(workflow)!);
	const startAgain = await stage.n8n.crash();
	await expectOnly(UNTIL_NEXT_RUN);
	// Nobody is there to end the child of a restore test: it does so by itself.
	await eventually(async () => {
		const programs = await programsWith([`TMPDIR=${stage.n8n.folder}`]);
		expect(programs.filter((line) => line.includes('restore-test'))).toEqual([]);
	});
	await startAgain();
	// It may have ended before its moment; it is never left as running.
	const { status } = await stage.n8n.client.finished(id);
	expect(['crashed', 'error', 'success']).toContain(status);
}

test.each([1, 2])(
	`n8n that is killed in a backup makes the next one (${seed}, %i)`,
	async () => {
		await killInTheMiddleOf(BACK_UP);
		expect(await bookings()).toBe(WHOLE);
		await succeed(BACK_UP);
		await expectOnly(UNTIL_PRUNED);
		const scratch = (await readdir(stage.n8n.folder)).filter((name) => /^n8n-d/.test(name));
		expect(scratch).toEqual([]);
	},
	120_000,
);

test(`n8n that is killed in a restore has restored, or has not, and does the next (${seed})`, async () => {
	await withClient(stage.database, async (client) => {
		await client.query(`delete from bookings where id > ${LOST}`);
	});
	await killInTheMiddleOf(RESTORE);
	expect([LOST, WHOLE]).toContain(await bookings());
	await succeed(RESTORE);
	expect(await bookings()).toBe(WHOLE);
	await expectOnly(UNTIL_PRUNED);
}, 120_000);
