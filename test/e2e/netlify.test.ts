import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openPayload } from '../../core/repository/read-backup';
import { listBackups } from '../../core/repository/catalogue';
import { startBrowser } from '../support/browser';
import { EditorPage } from '../support/editor-page';
import { eventually } from '../support/eventually';
import { type Execution, failureOf, outputOf, type Workflow } from '../support/n8n/n8n-client';
import { contentOf } from '../support/repository/sample-backup';
import { secretsIn } from '../support/secrets/forms';
import { settingsWith } from '../support/settings-with';
import { nextRunOf, runsOf } from '../support/stage/scheduled-run';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const LIMIT_MS = 180_000;
const ARCHIVE = 'drArchiveNetlify';
const REPORT = 'drReportFailure';
/** More than one page of Netlify's list. */
const FILES: Record<string, string | Buffer> = {
	'/index.html': '<h1>Mister DJ</h1>',
	'/blog/index.html': '<h1>Blog</h1>',
	'/foto’s/dj #1?.bin': Buffer.from(Uint8Array.from({ length: 200_001 }, (_one, at) => at * 13)),
	'/leeg.txt': '',
	...Object.fromEntries(
		Array.from({ length: 108 }, (_one, at) => [`/p/${at}.json`, `{"n":${at}}`]),
	),
};

let stage: Stage;
let folder: string;
let fallback: Server;
let live: string;
let page: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'dr-netlify-'));
	stage = await setStage();
	const { n8n, netlify } = stage;
	live = netlify.site.add({ files: FILES });
	page = netlify.site.add({ files: { '/index.html': 'back soon' } });
	netlify.site.publish(live);
	netlify.site.lock(live, true);
	fallback = createServer((_request, response) => {
		response.setHeader('content-type', 'text/html').end('<title>Mister DJ</title>');
	}).listen(0, '127.0.0.1');
	await once(fallback, 'listening');
	const { port } = fallback.address() as AddressInfo;
	const settings = settingsWith({
		...{ 'netlify.siteId': netlify.site.id, 'netlify.maintenanceDeployId': page },
		...{ 'netlify.fallbackUrl': `http://127.0.0.1:${port}/`, 'netlify.fallbackText': 'Mister DJ' },
	});
	const maintenance = await shippedWorkflow('maintenance-page.json');
	// As shipped, somebody waits for half a minute until Netlify is given up.
	nodeOf(maintenance, 'Publish the target').parameters['options'] = { timeout: 1_000 };
	await n8n.importWorkflows([
		...[settings as unknown as Workflow, maintenance],
		...['on', 'off'].map((action) => caller(action)),
	]);
	for (const id of ['drSettings', 'drMaintenancePage', ARCHIVE]) await n8n.client.publish(id);
}, START_LIMIT_MS);

afterAll(async () => {
	fallback?.close();
	await stage?.clear();
	await rm(folder, { recursive: true, force: true });
});

afterEach(() => {
	stage.netlify.calm();
	expect([stage.netlify.refused, stage.strayCalls]).toEqual([[], []]);
});

/** A workflow that calls the maintenance page as others do. */
function caller(action: string): Workflow {
	const inputs = { mappingMode: 'defineBelow', value: { action }, matchingColumns: [], schema: [] };
	return {
		...{ id: `turn${action}`, name: `Turn ${action}`, active: false },
		nodes: [
			{
				...{ id: randomUUID(), name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
				...{ typeVersion: 1, position: [0, 0], parameters: {} },
			},
			{
				...{ id: randomUUID(), name: 'Turn', type: 'n8n-nodes-base.executeWorkflow' },
				...{ typeVersion: 1.3, position: [224, 0] },
				parameters: {
					workflowId: { __rl: true, mode: 'id', value: 'drMaintenancePage' },
					workflowInputs: inputs,
					options: {},
				},
			},
		],
		connections: { Start: { main: [[{ node: 'Turn', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	} as Workflow;
}

async function run(id: string): Promise<Execution> {
	const { client } = stage.n8n;
	return await client.finished(await client.run(id), LIMIT_MS);
}

function expectNoSecretsIn(...texts: object[]): void {
	const { token, webhookSecret } = stage.netlify;
	expect(secretsIn(JSON.stringify(texts), { token, webhookSecret })).toEqual([]);
}

test(
	'what Netlify has signed makes an archive of all files; other calls make none',
	async () => {
		const { n8n, netlify, repository } = stage;
		const { client } = n8n;
		const url = `${n8n.url}webhook/netlify-deploy-succeeded`;
		const announced = { id: live, site_id: netlify.site.id, state: 'ready' };
		// Unsigned, so that nothing begins; n8n puts a webhook to work some time after it is published.
		await eventually(async () => {
			expect((await netlify.notify(url, announced)).status).toBe(200);
		});
		const forged = await netlify.notify(url, announced, 'not the secret');
		expect(forged.status).toBe(200);
		const refused = await nextRunOf(client, ARCHIVE, []);
		expect(outputOf(refused, 'Let it go')).toHaveLength(1);
		expect(refused).toMatchObject({ status: 'success', mode: 'webhook' });
		expect(netlify.calls).toEqual([]);

		const known = await runsOf(client, ARCHIVE);
		expect(known).toEqual([refused.id]);
		expect((await netlify.notify(url, announced, netlify.webhookSecret)).status).toBe(200);
		const archived = await nextRunOf(client, ARCHIVE, known);
		if (archived.status !== 'success') throw new Error(failureOf(archived));
		expect(outputOf(archived, 'Summarise the run')).toMatchObject([
			{
				...{ succeeded: true, failed: [], off: [] },
				parts: [
					{ outcome: 'made', deployId: live, files: 112, verified: 'readable' },
					{ outcome: 'checked' },
					{ outcome: 'checked' },
				],
			},
		]);
		expectNoSecretsIn(refused, archived);

		const { backups } = await listBackups(repository, { component: 'file', name: 'netlify-site' });
		const { stream } = await openPayload(repository, backups[0]!);
		const zip = join(folder, 'site.zip');
		await writeFile(zip, await contentOf(stream));
		const environment = { env: { ...process.env, LC_ALL: 'C.UTF-8' } };
		execFileSync('unzip', ['-q', zip, '-d', join(folder, 'site')], environment);
		for (const [path, content] of Object.entries(FILES)) {
			const found = await readFile(join(folder, 'site', path));
			expect(found.equals(Buffer.from(content as string))).toBe(true);
		}
	},
	LIMIT_MS,
);

test(
	'a file that is not as listed is told to people, and keeps nothing',
	async () => {
		const { n8n, netlify, mail, slack } = stage;
		await n8n.client.unpublish(ARCHIVE);
		const archive = await shippedWorkflow('archive-netlify-deploy.json');
		nodeOf(archive, 'Every night').parameters = {
			rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] },
		};
		await n8n.importWorkflows([archive]);
		netlify.site.lock(live, false);
		const broken = netlify.site.add({ files: { '/index.html': 'new', '/about.html': 'us' } });
		netlify.site.publish(broken);
		netlify.disturb(/about/, 'gives other bytes');
		const [known, reports] = [await runsOf(n8n.client, ARCHIVE), await runsOf(n8n.client, REPORT)];
		await n8n.client.publish(ARCHIVE);
		const failed = await nextRunOf(n8n.client, ARCHIVE, known);
		await n8n.client.unpublish(ARCHIVE);
		expect(failed).toMatchObject({ status: 'error', mode: 'trigger' });
		expect(failureOf(failed)).toContain(
			'Archief van de site (The SHA-1 is not the expected one: /about.html)',
		);
		const report = await nextRunOf(n8n.client, REPORT, reports);
		expect(report.status).toBe('success');
		expect(mail.mails.at(-1)?.text).toContain('/about.html');
		expect(slack.messages.at(-1)?.text).toContain('/about.html');
		const { backups } = await listBackups(stage.repository, { name: 'netlify-site' });
		expect(backups).toHaveLength(1);
		expectNoSecretsIn(failed, report);
		netlify.site.publish(live);
		netlify.site.lock(live, true);
	},
	LIMIT_MS,
);

test(
	'another workflow turns the maintenance page on and off, with the lock as it was',
	async () => {
		const { site } = stage.netlify;
		const on = await run('turnon');
		if (on.status !== 'success') throw new Error(failureOf(on));
		expect(outputOf(on, 'Turn')).toMatchObject([
			{ action: 'on', changed: true, publishedDeployId: page, deployBefore: live },
		]);
		expect(site.published()).toEqual({ id: page, locked: true });
		// By hand it goes on, and is on already: what was remembered stays.
		expect(outputOf(await run('drMaintenancePage'), 'Summarise the change')).toMatchObject([
			{ action: 'on', changed: false },
		]);
		const off = await run('turnoff');
		if (off.status !== 'success') throw new Error(failureOf(off));
		expect(site.published()).toEqual({ id: live, locked: true });
		expectNoSecretsIn(on, off);
	},
	LIMIT_MS,
);

test(
	'a Netlify that hangs or is out of order leads to the lines to do it by hand',
	async () => {
		const { netlify } = stage;
		netlify.disturb(/restore$/, 'hangs');
		const hung = await run('turnon');
		expect(failureOf(hung)).toContain('De onderhoudspagina is niet op "on" gezet: ');
		expect(failureOf(hung)).toMatch(/timeout|timed out|aborted/i);
		expect(failureOf(hung)).toContain(
			`curl -X POST -H "Authorization: Bearer $NETLIFY_TOKEN" https://api.netlify.com/api/v1/sites/${netlify.site.id}/deploys/${page}/restore`,
		);
		netlify.calm();
		netlify.disturb(/unlock$/, 'is out of order');
		netlify.site.lock(live, true);
		const failed = await run('turnon');
		expect(failureOf(failed)).toContain('The service was not able to process your request');
		expect(netlify.site.published()).toEqual({ id: live, locked: true });
		expectNoSecretsIn(hung, failed);
	},
	LIMIT_MS,
);

test(
	'the canvases are for people to look at',
	async () => {
		const browser = await startBrowser();
		try {
			const editor = await EditorPage.logIn(browser, stage.n8n.url, stage.n8n.owner);
			await editor.openWorkflow(ARCHIVE);
			await editor.screenshot('archive-netlify-deploy');
			await editor.openWorkflow('drMaintenancePage');
			await editor.screenshot('maintenance-page');
			await editor.close();
		} finally {
			await browser.close();
		}
	},
	LIMIT_MS,
);
