import { failureOf, outputOf, type Execution } from '../support/n8n/n8n-client';
import { withClient } from '../support/stage/owned-database';
import { nextRunOf, runOnSchedule, runsOf } from '../support/stage/scheduled-run';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const ID = 'everyFiveSeconds';

let stage: Stage;

beforeAll(async () => {
	stage = await setStage();
	await withClient(stage.database, async (client) => {
		await client.query('create table bookings (id int primary key, venue text)');
		await client.query(
			`insert into bookings select i, 'venue ' || i from generate_series(1, 500) i`,
		);
	});
	const workflow = await shippedWorkflow('back-up-postgres.json');
	Object.assign(nodeOf(workflow, 'Called by another workflow'), {
		...{ type: 'n8n-nodes-base.scheduleTrigger', typeVersion: 1.4 },
		parameters: { rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] } },
	});
	await stage.n8n.importWorkflows([{ ...workflow, id: ID, name: 'Back up every five seconds' }]);
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
});

async function runByHand(workflowId: string): Promise<Execution> {
	const { client } = stage.n8n;
	return await client.finished(await client.run(workflowId));
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

test('a scheduled run that fails is reported by the error workflow', async () => {
	const { client } = stage.n8n;
	const known = await runsOf(client, 'drReportFailure');
	stage.s3.faults.add({ effect: { kind: 'status', status: 403, code: 'AccessDenied' } });
	const run = await runOnSchedule(client, ID);
	stage.s3.faults.clear();

	expect(run).toMatchObject({ mode: 'trigger', status: 'error' });
	const reported = await nextRunOf(client, 'drReportFailure', known);
	const [alert] = outputOf(reported, 'Write the message');
	expect(alert).toMatchObject({ subject: '[Mister DJ] Mislukt: Back up every five seconds' });
	expect(alert?.['message']).toContain(failureOf(run).split(' - ')[0]);
	expect(alert?.['message']).toContain('Waar: stap "Back up the database"');
}, 120_000);

test('a restore brings the rows back, its undo brings back what was before it', async () => {
	await withClient(stage.database, async (client) => {
		await client.query('delete from bookings where id > 42');
	});
	const restore = await runByHand('drRestorePostgres');
	expect(restore.status).toBe('success');
	expect(await bookings()).toBe(500);

	const undo = await runByHand('drUndoRestore');
	expect(undo.status).toBe('success');
	expect(await bookings()).toBe(42);
}, 120_000);
