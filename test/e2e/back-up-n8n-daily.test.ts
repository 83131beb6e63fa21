import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readExport, type N8nExport, writeExport } from '../../core/n8n/export-format';
import { failureOf, outputOf, type Execution, type Workflow } from '../support/n8n/n8n-client';
import { installN8n } from '../support/n8n/install-n8n';
import { packPackage } from '../support/n8n/install-package';
import { N8nInstance, type PlainCredential } from '../support/n8n/n8n-instance';
import { PACKAGE_ROOT } from '../support/packed-package';
import { exportCredential } from '../support/stage/credentials';
import { settingsWith } from '../support/settings-with';
import { createOwnedDatabase } from '../support/stage/owned-database';
import { nextRunOf, runOnSchedule, runsOf } from '../support/stage/scheduled-run';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const LIMIT_MS = 240_000;
const ID = 'drBackUpN8n';
const REPORT = 'drReportFailure';
const BRANCH = 'main';
const OTHER_N8N = { id: 'otherN8n', name: 'Another n8n' };

let stage: Stage;
let folder: string;
let fresh: N8nInstance | undefined;
let api: Api;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'dr-export-'));
	stage = await setStage({ settings: { N8N_RESTRICT_FILE_ACCESS_TO: tmpdir() } });
	const { n8n } = stage;
	const daily = await shippedWorkflow('back-up-n8n-daily.json');
	nodeOf(daily, 'Every night').parameters = {
		rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] },
	};
	// Another try makes no difference here, and five seconds each time.
	for (const node of daily.nodes) Object.assign(node, { retryOnFail: false });
	await n8n.importWorkflows([daily, fetching(), importing(), exporting()]);
	api = apiOf(stage.credentials.find(({ name }) => name === 'n8n export')!);
}, START_LIMIT_MS);

afterAll(async () => {
	await fresh?.stop();
	await stage?.clear();
	await rm(folder, { recursive: true, force: true });
});

afterEach(() => {
	expect(stage.git.refused).toEqual([]);
	expect(stage.slack.refused).toEqual([]);
});

type Api = <Answer>(method: string, path: string, body?: unknown) => Promise<Answer>;

const apiOf =
	({ data }: PlainCredential): Api =>
	async (method, path, body) => {
		const response = await fetch(new URL(`api/v1/${path}`, String(data['baseUrl'])), {
			method,
			headers: { 'x-n8n-api-key': String(data['apiKey']), 'content-type': 'application/json' },
			...(body !== undefined && { body: JSON.stringify(body) }),
		});
		if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
		return (await response.json()) as never;
	};

interface Node {
	name: string;
	[field: string]: unknown;
}

/** A chain of nodes behind a manual trigger. */
function chain(id: string, name: string, ...nodes: Node[]): Workflow {
	const placed = [
		{ name: 'Run by hand', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} },
		...nodes,
	].map((node, at) => ({ id: `${id}-${at}`, position: [at * 224, 0], ...node }));
	const names = placed.map((node) => node.name);
	const connections = Object.fromEntries(
		names
			.slice(1)
			.map((next, at) => [names[at]!, { main: [[{ node: next, type: 'main', index: 0 }]] }]),
	);
	return { id, name, nodes: placed as never, connections, settings: { executionOrder: 'v1' } };
}

const fetchNode = (destination: object) => ({
	name: 'Fetch the newest',
	type: 'n8n-nodes-disaster-recovery.backupRepository',
	typeVersion: 1,
	credentials: { drBackupRepositoryApi: { id: 'backupRepository', name: 'Backup repository' } },
	parameters: {
		...{ resource: 'file', operation: 'fetch', backupChoice: 'newest-verified' },
		backupName: 'n8n-workflows',
		...destination,
	},
});

const exportNode = (name: string, parameters: object) => ({
	name,
	type: 'n8n-nodes-disaster-recovery.n8nExport',
	typeVersion: 1,
	credentials: { drN8nApi: OTHER_N8N },
	parameters: { binaryPropertyName: 'data', ...parameters },
});

const fetching = () =>
	chain(
		'fetchExport',
		'Fetch the export',
		fetchNode({ destination: 'path', filePath: join(folder, 'export.json') }),
	);

const importing = () =>
	chain(
		...(['importExport', 'Import the export'] as const),
		fetchNode({ destination: 'binary', binaryPropertyName: 'data' }),
		exportNode('Import it', { operation: 'import', publish: true }),
	);

const exporting = () =>
	chain(
		...(['exportOther', 'Export another'] as const),
		exportNode('Export it', { operation: 'create', variableValues: true }),
		{
			name: 'Store it',
			type: 'n8n-nodes-disaster-recovery.backupRepository',
			typeVersion: 1,
			credentials: { drBackupRepositoryApi: { id: 'backupRepository', name: 'Backup repository' } },
			parameters: {
				...{ resource: 'file', operation: 'store', source: 'binary', binaryPropertyName: 'data' },
				options: { backupName: 'other' },
			},
		},
		{
			...fetchNode({
				...{ destination: 'path', filePath: join(folder, 'other.json'), backupName: 'other' },
				backupChoice: 'newest',
			}),
		},
	);

async function run(id: string): Promise<Execution> {
	const { client } = stage.n8n;
	const execution = await client.finished(await client.run(id));
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	return execution;
}

async function summaryOf(execution: Execution) {
	const [summary] = outputOf(execution, 'Summarise the run');
	return summary as Record<string, unknown> & { copies: Record<string, unknown>[] };
}

/** The newest verified export in the repository. */
async function storedExport(): Promise<N8nExport> {
	await run('fetchExport');
	return readExport(await readFile(join(folder, 'export.json'), 'utf8'));
}

async function backups(): Promise<number> {
	return (await stage.filesInDirectory()).filter((key) =>
		/n8n-workflows\/.*manifest\.json$/.test(key),
	).length;
}

/** A run by the schedule that fails, and what people are told of it. */
async function failingRun(): Promise<{ run: Execution; mail: string }> {
	const { client } = stage.n8n;
	const known = await runsOf(client, REPORT);
	const { mails } = stage.mail;
	const before = mails.length;
	const execution = await runOnSchedule(client, ID);
	await nextRunOf(client, REPORT, known);
	expect(execution).toMatchObject({ status: 'error', mode: 'trigger' });
	expect(mails.length).toBe(before + 1);
	return { run: execution, mail: mails.at(-1)!.text };
}

test(
	'everything is exported into the repository and into Git, once, until something changes',
	async () => {
		await api('POST', 'tags', { name: 'ünused' });
		const columns = [
			{ name: 'venue', type: 'string' },
			{ name: 'guests', type: 'number' },
		];
		await api('POST', 'data-tables', { name: 'bookings', columns });
		const kept = await api<{ id: string }>('POST', 'workflows', {
			...body(chain('x', 'Old Näme / with: signs')),
			pinData: { 'Run by hand': [{ json: { secretly: 'pinned' } }] },
		});
		const archived = await api<{ id: string }>('POST', 'workflows', body(chain('y', 'Archived')));
		await api('POST', `workflows/${archived.id}/archive`, {});
		// What runs of this one is not what the editor shows.
		const tell = body(await stage.n8n.client.workflow('drTellPeople'));
		const noted = (notes: string) => ({
			...tell,
			nodes: tell.nodes.map((node) => ({ ...node, notes })),
		});
		await api('PUT', 'workflows/drTellPeople', noted('what runs'));
		await api('PUT', 'workflows/drTellPeople?publishIfActive=false', noted('a draft'));

		const first = await summaryOf(await run(ID));
		expect(first).toMatchObject({
			...{ succeeded: true, failed: [], n8nVersion: '2.40.7' },
			made: ['n8n in de back-uprepository', 'n8n in Git'],
			encryptionKeyFingerprint: expect.stringMatching(/^[0-9a-f]{6}$/),
			leftOut: [
				{ what: 'folders', reason: expect.stringMatching(/license does not allow/) },
				{ what: 'variables', reason: expect.stringMatching(/license does not allow/) },
			],
			copies: [
				{ outcome: 'made', verified: 'readable', warnings: [] },
				{ outcome: 'made', changed: [], removed: [] },
			],
		});
		const content = await storedExport();
		expect(content.workflows).toHaveLength(Number(first['workflows']));
		const stateOf = (name: string) => content.workflowStates.find((state) => state.name === name);
		expect(stateOf('Archived')).toMatchObject({ archived: true, published: 'no' });
		expect(stateOf('Settings')).toMatchObject({
			...{ id: 'drSettings', published: 'as shown' },
			tags: ['disaster recovery', 'settings'],
		});
		expect(stateOf('Tell people')).toMatchObject({ published: 'other', archived: false });
		const running = JSON.stringify(stateOf('Tell people')?.publishedVersion);
		expect([running.includes('what runs'), running.includes('a draft')]).toEqual([true, false]);
		expect(content.tags).toContain('ünused');
		expect(content.dataTables).toMatchObject([{ name: 'bookings', columns }]);
		expect(content.credentials).toContainEqual({
			id: 'n8nExport',
			name: 'n8n export',
			type: 'drN8nApi',
		});
		expect(JSON.stringify(content)).toContain('"secretly"');

		const { repository } = stage.git;
		const old = `n8n/workflows/old-name-with-signs.${kept.id}.json`;
		const files = await repository.files(BRANCH);
		expect(files).toEqual(
			expect.arrayContaining([
				...['n8n/index.json', old, 'n8n/workflows/tell-people.drTellPeople.published.json'],
				'n8n/workflows/settings.drSettings.json',
			]),
		);
		expect(await repository.content(BRANCH, old)).not.toContain('pinned');
		expect(JSON.parse(await repository.content(BRANCH, 'n8n/index.json'))).toMatchObject({
			workflows: expect.arrayContaining([
				expect.objectContaining({ file: old.slice(4), id: kept.id }),
			]),
		});

		const commits = await repository.subjects(BRANCH);
		const second = await summaryOf(await run(ID));
		expect(second.copies).toMatchObject([
			{ outcome: 'unchanged', verified: 'readable' },
			{ outcome: 'unchanged' },
		]);
		expect([await backups(), await repository.subjects(BRANCH)]).toEqual([1, commits]);

		await api('DELETE', `workflows/${kept.id}`);
		await repository.commitFile(BRANCH, 'n8n/theirs.txt', 'In the way.\n');
		await repository.commitFile(BRANCH, 'README.md', 'Beside it.\n');
		const third = await summaryOf(await run(ID));
		expect(third.copies).toMatchObject([
			{ outcome: 'made' },
			{
				outcome: 'made',
				removed: ['theirs.txt', old.slice(4)],
				changed: ['index.json'],
				added: [],
			},
		]);
		expect(await repository.files(BRANCH)).toContain('README.md');
		expect(await backups()).toBe(2);
	},
	LIMIT_MS,
);

test(
	'without Git the repository has it, without the repository Git has it, and people are told',
	async () => {
		const { git, s3 } = stage;
		await git.goDown();
		const before = await backups();
		await api('POST', 'tags', { name: 'while Git is down' });
		const withoutGit = await failingRun();
		await git.comeBack();
		expect(await summaryOf(withoutGit.run)).toMatchObject({
			made: ['n8n in de back-uprepository'],
			failed: [expect.stringMatching(/^n8n in Git \(The Git server cannot be reached\./)],
		});
		expect(withoutGit.mail).toMatch(/n8n in Git \(The Git server cannot be reached\./);
		expect(await backups()).toBe(before + 1);

		await api('POST', 'tags', { name: 'while S3 is down' });
		s3.faults.add({ effect: { kind: 'status', status: 403, code: 'AccessDenied' } });
		const withoutS3 = await failingRun();
		s3.faults.clear();
		expect(await summaryOf(withoutS3.run)).toMatchObject({
			made: ['n8n in Git'],
			failed: [expect.stringMatching(/^n8n in de back-uprepository \(/)],
		});
		const index = await git.repository.content(BRANCH, 'n8n/index.json');
		expect(index).toContain('while S3 is down');
		expect(JSON.stringify([withoutGit, withoutS3])).not.toContain(git.password);

		await stage.n8n.importWorkflows([settingsWith({ 'git.branch': '' }) as never]);
		await stage.n8n.client.publish('drSettings');
		const switchedOff = await summaryOf(await run(ID));
		expect(switchedOff).toMatchObject({ made: ['n8n in de back-uprepository'], failed: [] });
		expect(switchedOff.copies).toMatchObject([{ outcome: 'made' }, { outcome: 'skipped' }]);
	},
	LIMIT_MS,
);

test(
	'a wrong key and an n8n that does not answer end the run, and people are told which it was',
	async () => {
		const right = stage.credentials.find(({ name }) => name === 'n8n export')!;
		const wrongs: [object, RegExp][] = [
			[{ apiKey: 'n8n_api_hunter2' }, /n8n answered 401 to GET \/api\/v1\/workflows/],
			[
				{ baseUrl: 'http://127.0.0.1:1' },
				/The n8n server at 127\.0\.0\.1:1 refused the connection/,
			],
		];
		for (const [wrong, said] of wrongs) {
			await stage.n8n.importCredentials([{ ...right, data: { ...right.data, ...wrong } }]);
			const { run: failed, mail } = await failingRun();
			expect(failureOf(failed)).toMatch(said);
			expect(mail).toMatch(said);
			expect(JSON.stringify([failed, mail])).not.toContain('hunter2');
		}
		await stage.n8n.importCredentials([right]);
	},
	LIMIT_MS,
);

test(
	'an empty n8n gets all of it back, and gives the same export but for the ids that it makes itself',
	async () => {
		const database = await createOwnedDatabase(stage.postgres, 'fresh', 'fresh');
		fresh = await N8nInstance.start({
			...{ installed: await installN8n(), database },
			packageArchive: await packPackage(PACKAGE_ROOT, folder),
		});
		// The same credentials by name, as somebody makes them by hand.
		const credentials = stage.credentials.map((one) => ({ ...one, id: `${one.id}Again` }));
		const target = await exportCredential(fresh.client);
		await fresh.importCredentials([...credentials, { ...target, ...OTHER_N8N, id: 'otherAgain' }]);
		await stage.n8n.importCredentials([{ ...target, ...OTHER_N8N }]);
		await run(ID);
		const original = await storedExport();

		const [imported] = outputOf(await run('importExport'), 'Import it');
		expect(imported).toMatchObject({
			present: 0,
			created: original.workflows.length,
			warnings: [],
		});
		const again = outputOf(await run('importExport'), 'Import it');
		expect(again).toMatchObject([{ present: original.workflows.length, created: 0 }]);

		await run('exportOther');
		const text = await readFile(join(folder, 'other.json'), 'utf8');
		const copy = readExport(text);
		const names = (imported as unknown as { workflows: { id: string; oldId: string }[] }).workflows;
		const ids = new Map(names.map(({ id, oldId }) => [id, oldId]));
		for (const { id, name, type } of copy.credentials) {
			ids.set(id, original.credentials.find((one) => one.name === name && one.type === type)!.id);
		}
		for (const { id, name } of copy.dataTables) {
			ids.set(id, original.dataTables.find((one) => one.name === name)!.id);
		}
		const { n8nVersion, encryptionKeyFingerprint } = original;
		const translated = [...ids].reduce(
			(known, [id, old]) => known.replaceAll(`"${id}"`, `"${old}"`),
			writeExport({ ...copy, n8nVersion, encryptionKeyFingerprint }),
		);
		// An n8n drops a time limit that is its own default.
		const workflows = original.workflows.map((one) => {
			const { executionTimeout, ...settings } = one.settings;
			return executionTimeout === -1 ? { ...one, settings } : one;
		});
		expect(translated).toBe(writeExport({ ...original, workflows }));
	},
	LIMIT_MS,
);

/** As much of a workflow as the API takes. */
function body({ name, nodes, connections, settings }: Workflow) {
	return { name, nodes, connections, settings };
}
