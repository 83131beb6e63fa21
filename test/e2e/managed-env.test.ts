import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startBrowser } from '../support/browser';
import { EditorPage } from '../support/editor-page';
import { failureOf, outputOf, type Execution } from '../support/n8n/n8n-client';
import { secretsIn } from '../support/secrets/forms';
import { filesBelow, n8nDatabase } from '../support/secrets/written';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const STORE = 'Store the file';
const secret = (name: string) => `${name}&%/\\:${randomBytes(9).toString('base64url')}`;
const secrets = { old: secret('old'), new: secret('new'), same: secret('same') };
const BEFORE = `PORT=3000\nSMTP_PASSWORD='${secrets.old}'\nexport API_KEY="${secrets.same.replace('\\', '\\\\')}"\n`;
const AFTER = `${BEFORE.replace(secrets.old, secrets.new)}ADDED=1\n`;

let stage: Stage;
let folder: string;
let path: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'dr-shared-'));
	path = join(folder, 'managed.env');
	stage = await setStage({
		settings: { N8N_LOG_LEVEL: 'debug', N8N_RESTRICT_FILE_ACCESS_TO: tmpdir() },
	});
	const store = await shippedWorkflow('back-up-managed-env.json');
	nodeOf(store, STORE).parameters['filePath'] = path;
	const fetch = structuredClone(store);
	fetch.nodes = fetch.nodes.filter(({ name }) => [STORE, 'Run by hand'].includes(name));
	const first = [{ node: STORE, type: 'main', index: 0 }];
	fetch.connections = { 'Run by hand': { main: [first] } };
	nodeOf(fetch, STORE).parameters = {
		...{ resource: 'file', operation: 'fetch', backupChoice: 'newest-verified' },
		...{ destination: 'path', filePath: path },
	};
	await stage.n8n.importWorkflows([
		{ ...store, id: 'storeEnv', name: 'Store env' },
		{ ...fetch, id: 'fetchEnv', name: 'Fetch env' },
	]);
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
	await rm(folder, { recursive: true, force: true });
});

async function run(id: string): Promise<Execution> {
	const { client } = stage.n8n;
	const execution = await client.finished(await client.run(id));
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	return execution;
}

test('an env file is stored when it changed, comes back, and shows no value anywhere', async () => {
	await writeFile(path, BEFORE);
	const first = await run('storeEnv');
	expect(outputOf(first, 'Summarise the run')).toMatchObject([
		{ verified: 'readable', changedNames: [], warnings: [] },
	]);
	const unchanged = await run('storeEnv');
	expect(outputOf(unchanged, 'Nothing to store')).toMatchObject([{ changed: false }]);
	expect(outputOf(unchanged, 'Summarise the run')).toEqual([]);

	await writeFile(path, AFTER);
	const second = await run('storeEnv');
	expect(outputOf(second, 'Summarise the run')).toMatchObject([
		{ addedNames: ['ADDED'], removedNames: [], changedNames: ['SMTP_PASSWORD'], warnings: [] },
	]);

	await writeFile(path, 'lost');
	await chmod(path, 0o600);
	const fetched = await run('fetchEnv');
	expect(outputOf(fetched, STORE)).toMatchObject([{ state: 'replaced', warnings: [] }]);
	expect(await readFile(path, 'utf8')).toBe(AFTER);
	expect(await readdir(folder)).toEqual([
		'managed.env',
		expect.stringMatching(/^managed\.env\.before-\d{14}$/),
	]);

	const objects = await Promise.all(
		stage.s3
			.objects()
			.map(async ({ key }): Promise<[string, string]> => [
				key,
				(await stage.s3.content(key)).toString('latin1'),
			]),
	);
	expect(objects.filter(([key]) => key.endsWith('.age'))).toHaveLength(2);
	const log = await readFile(stage.n8n.main.logFile, 'utf8');
	expect(log).toContain('debug');
	const written: [string, string][] = [
		['log of n8n', log],
		['log of the Postgres of n8n', await readFile(stage.postgres.logFile, 'utf8')],
		['database of n8n', await n8nDatabase(stage)],
		...[first, unchanged, second, fetched].map((one): [string, string] => [
			`execution ${one.id}`,
			JSON.stringify(one),
		]),
		...objects,
		...(await filesBelow(stage.backupDirectory)),
		...(await filesBelow(stage.n8n.folder)),
	];
	for (const [what, text] of written) {
		expect({ what, secrets: secretsIn(text, secrets) }).toEqual({ what, secrets: [] });
	}
}, 240_000);

test('the canvas and the panel are for people to look at', async () => {
	const browser = await startBrowser();
	try {
		const editor = await EditorPage.logIn(browser, stage.n8n.url, stage.n8n.owner);
		await editor.openWorkflow('drBackUpManagedEnv');
		await editor.screenshot('back-up-managed-env');
		await editor.openNode(STORE);
		await editor.screenshot('store-file');
		await editor.close();
	} finally {
		await browser.close();
	}
}, 120_000);
