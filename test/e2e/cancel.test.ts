import { eventually } from '../support/eventually';
import { outputOf } from '../support/n8n/n8n-client';
import { startPostgres, type RunningPostgres } from '../support/postgres-server';
import { connectionsTo, descendants, openFiles } from '../support/process-table';
import { postgresCredential } from '../support/stage/credentials';
import {
	createOwnedDatabase,
	sessionsIn,
	withClient,
	type OwnedDatabase,
} from '../support/stage/owned-database';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const RUN_LIMIT_MS = 120_000;
const CLEAN_UP_LIMIT_MS = 15_000;
const NODE = 'Back up the database';

/** Too much for the buffers on the way, so that a stalled store stops the dump in its middle. */
const FILL = `
	create table survey_feedback (id int primary key, answers text);
	alter table survey_feedback alter answers set storage external;
	insert into survey_feedback
	select i, (select string_agg(md5(i || '-' || j), '') from generate_series(1, 400) j)
	from generate_series(1, 8000) i`;

let stage: Stage;
let postgres15: RunningPostgres;
let databases: Record<'embedded' | 'native', OwnedDatabase>;

beforeAll(async () => {
	[stage, postgres15] = await Promise.all([setStage(), startPostgres({ major: 15 })]);
	const native = await createOwnedDatabase(postgres15, 'mrdj_db', 'mrdj_user');
	databases = { embedded: stage.database, native };
	for (const database of Object.values(databases)) {
		await withClient(database, async (client) => await client.query(FILL));
	}
	await stage.n8n.importCredentials([
		{ ...postgresCredential(native), id: 'postgres15', name: 'Postgres 15 server' },
	]);
	await stage.n8n.importWorkflows([
		await backUpWith('embedded', 'Postgres server'),
		await backUpWith('native', 'Postgres 15 server'),
	]);
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
	await postgres15?.stop();
});

async function backUpWith(engine: string, credential: string) {
	const workflow = await shippedWorkflow('back-up-postgres.json');
	const node = nodeOf(workflow, NODE);
	node.parameters['options'] = { engine };
	node.credentials = {
		...node.credentials,
		drPostgresServerApi: { id: null, name: credential },
	};
	return { ...workflow, id: `backUp-${engine}`, name: `Back up, ${engine}` };
}

describe.each(['embedded', 'native'] as const)('a dump by the %s engine', (engine) => {
	test(
		'stopped in n8n half-way leaves nothing behind',
		async () => {
			const { n8n, s3 } = stage;
			const { pid } = n8n.main;
			const database = databases[engine];
			const s3Port = Number(new URL(s3.endpoint).port);
			const childrenBefore = await descendants(pid);
			const objectsBefore = s3.objects();
			const filesBefore = await stage.filesInDirectory();

			// The store takes the first part of the upload and never answers to the others.
			s3.faults.add({
				method: 'PUT',
				when: ({ query }) => Number(query.get('partNumber')) > 1,
				effect: { kind: 'hang' },
			});
			const id = await n8n.client.run(`backUp-${engine}`);
			await eventually(async () => {
				expect(s3.openUploads()).toMatchObject([{ parts: 1 }]);
				expect((await sessionsIn(database)).length).toBeGreaterThanOrEqual(2);
				expect(await stage.filesInDirectory()).toContainEqual(expect.stringMatching(/\.partial/));
				expect(await connectionsTo(s3Port, pid)).toBeGreaterThan(0);
			}, RUN_LIMIT_MS);
			if (engine === 'native') {
				const dumping = await descendants(pid);
				expect(dumping).toContainEqual(expect.stringContaining('pg_dump'));
				expect(dumping.join('\n')).not.toContain(database.password);
			}

			await n8n.client.stopExecution(id);
			const execution = await n8n.client.finished(id);
			expect(execution.status).toBe('canceled');
			expect(outputOf(execution, NODE)).toEqual([]);
			await eventually(async () => {
				expect(await sessionsIn(database)).toEqual([]);
				expect(await descendants(pid)).toEqual(childrenBefore);
				expect(s3.openUploads()).toEqual([]);
				expect(await stage.filesInDirectory()).toEqual(filesBefore);
				expect(await connectionsTo(s3Port, pid)).toBe(0);
				expect((await openFiles(pid)).filter((file) => file.includes('.partial'))).toEqual([]);
			}, CLEAN_UP_LIMIT_MS);
			expect(s3.objects()).toEqual(objectsBefore);
		},
		RUN_LIMIT_MS + 60_000,
	);

	test(
		'started again afterwards succeeds',
		async () => {
			stage.s3.faults.clear();
			const id = await stage.n8n.client.run(`backUp-${engine}`);
			const execution = await stage.n8n.client.finished(id, RUN_LIMIT_MS);
			expect(execution.status).toBe('success');
			expect(outputOf(execution, NODE)).toMatchObject([
				{ rows: 8_000, engine: { name: `pg_dump (${engine})` } },
			]);
		},
		RUN_LIMIT_MS,
	);
});
