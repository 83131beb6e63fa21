import { outputOf } from '../support/n8n/n8n-client';
import { eventually } from '../support/eventually';
import { withClient } from '../support/stage/owned-database';
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
	nodeOf(workflow, 'Every 30 minutes').parameters = {
		rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] },
	};
	await stage.n8n.importWorkflows([{ ...workflow, id: ID, name: 'Back up every five seconds' }]);
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
});

test('an imported backup workflow waits until it is published', async () => {
	expect(await stage.n8n.client.workflow(ID)).toMatchObject({ active: false });
	expect(await stage.n8n.client.executions(ID)).toEqual([]);
});

test('once published its schedule leaves verified backups in both stores', async () => {
	const { client } = stage.n8n;
	await client.publish(ID);
	const { id } = await eventually(async () => {
		const done = (await client.executions(ID)).find(({ finished }) => finished);
		expect(done).toMatchObject({ mode: 'trigger' });
		return done!;
	}, 60_000);
	await client.unpublish(ID);

	const execution = await client.execution(id);
	expect(execution.status).toBe('success');
	const [backup] = outputOf(execution, 'Back up the database');
	expect(backup).toMatchObject({ tables: 1, rows: 500, warnings: [] });
	const folder = `postgres/${String(backup?.['name'])}/${String(backup?.['backupId'])}/`;
	const expected = [
		`${folder}manifest.json`,
		expect.stringMatching(/\.dump\.zst\.age$/),
		expect.stringMatching(/\/verified-readable-\d{14}\.json$/),
	];
	const inS3 = stage.s3.objects().map(({ key }) => key);
	expect(inS3.filter((key) => key.startsWith(folder)).sort()).toEqual(expected);
	const inDirectory = await stage.filesInDirectory();
	expect(inDirectory.filter((key) => key.startsWith(folder)).sort()).toEqual(expected);
}, 90_000);
