import type { Browser, Page } from 'playwright-core';

import { startBrowser } from '../support/browser';
import { EditorPage, type Theme } from '../support/editor-page';
import { outputOf, type Item } from '../support/n8n/n8n-client';
import { withClient } from '../support/stage/owned-database';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const LIMIT_MS = 120_000;

let stage: Stage;
let browser: Browser;
let editor: EditorPage;
let page: Page;

beforeAll(async () => {
	stage = await setStage();
	await withClient(stage.database, async (client) => {
		await client.query('create table bookings (id int primary key, venue text)');
		await client.query(
			`insert into bookings select i, 'venue ' || i from generate_series(1, 900) i`,
		);
	});
	browser = await startBrowser();
}, START_LIMIT_MS);

afterAll(async () => {
	await browser?.close();
	await stage?.clear();
});

describe.each<Theme>(['light', 'dark'])("n8n's editor, %s", (theme) => {
	let backup: Item | undefined;

	beforeAll(async () => {
		editor = await EditorPage.logIn(browser, stage.n8n.url, stage.n8n.owner, theme);
		({ page } = editor);
	}, LIMIT_MS);

	afterAll(async () => {
		await editor.close();
	});

	test(
		'runs the backup workflow by hand and shows what was backed up',
		async () => {
			await editor.openWorkflow('drBackUpPostgres');
			await editor.screenshot('back-up-canvas');
			await editor.node('Run by hand').hover();
			await page.getByTestId('execute-workflow-button-Run by hand').click();
			for (const name of [
				'Back up the database',
				'Prove that it can be restored',
				'Summarise the run',
			]) {
				await editor.node(name).getByTestId('canvas-node-status-success').waitFor();
			}
			await page.getByTestId('execute-workflow-button').getByText('Execute workflow').waitFor();
			await editor.screenshot('back-up-done');

			const [run] = await stage.n8n.client.executions('drBackUpPostgres');
			expect(run).toMatchObject({ mode: 'manual', status: 'success' });
			[backup] = outputOf(await stage.n8n.client.execution(run!.id), 'Back up the database');
			expect(backup).toMatchObject({ rows: 900 });
			await editor.openNode('Back up the database');
			const id = String(backup?.['backupId']);
			await page.getByTestId('output-panel').getByText(id, { exact: true }).waitFor();
			await editor.screenshot('back-up-panel');
		},
		LIMIT_MS,
	);

	test(
		'offers the operations, and the databases of the server',
		async () => {
			const operation = page.getByTestId('parameter-input-operation').locator('input');
			expect(await operation.inputValue()).toBe('Create Dump');
			await editor.openList('database');
			const databases = page.getByTestId('rlc-item');
			await databases.getByText('mrdj_db', { exact: true }).waitFor();
			await editor.screenshot('databases');
			await page.keyboard.press('Escape');
		},
		LIMIT_MS,
	);

	test(
		'asks for a server only where the restore test needs one',
		async () => {
			await editor.openWorkflow('drBackUpPostgres');
			await editor.openNode('Prove that it can be restored');
			const credentials = page.getByTestId('credential-edit-button');
			await credentials.first().waitFor();
			expect(await credentials.count()).toBe(1);
			await editor.screenshot('restore-test-panel');
			await editor.choose('testOn', 'Scratch Server');
			await page.getByText('Postgres Server', { exact: true }).waitFor();
			await editor.choose('level', 'Readable');
			await page.getByText('Postgres Server', { exact: true }).waitFor({ state: 'detached' });
		},
		LIMIT_MS,
	);

	test(
		'shows the workflows and the panels of Redis',
		async () => {
			await editor.openWorkflow('drBackUpRedis');
			await editor.screenshot('back-up-redis-canvas');
			await editor.openNode('Back up the server');
			await page.getByTestId('parameter-input-operation').waitFor();
			await editor.screenshot('back-up-redis-panel');
			await editor.openWorkflow('drRestoreRedis');
			await editor.screenshot('restore-redis-canvas');
		},
		LIMIT_MS,
	);

	test(
		"shows the plan's backups by the hour and by the day, their settings and their alerts",
		async () => {
			for (const [id, name] of [
				['drBackUpHourly', 'back-up-hourly'],
				['drBackUpN8n', 'back-up-n8n-daily'],
				['drReportFailure', 'report-errors'],
				['drTellPeople', 'tell-people'],
				['drTestRestore', 'test-restore-monthly'],
				['drSettings', 'settings'],
			] as const) {
				await editor.openWorkflow(id);
				await editor.screenshot(`${name}-canvas`);
			}
			await editor.openNode('Site settings');
			await page.getByTestId('assignment').first().waitFor();
			await editor.screenshot('settings-panel');
		},
		LIMIT_MS,
	);

	test(
		'shows the workflow and the panel of the RentGuy queue',
		async () => {
			await editor.openWorkflow('drFlushRentGuyQueue');
			await editor.screenshot('flush-rentguy-queue-canvas');
			await editor.openNode('Flush what is pending');
			await page.getByTestId('parameter-input-operation').waitFor();
			await editor.screenshot('flush-rentguy-queue-panel');
		},
		LIMIT_MS,
	);

	test(
		'shows the workflow that watches the platform, with the credentials of its checks',
		async () => {
			await editor.openWorkflow('drWatchPlatform');
			await editor.screenshot('watch-platform-canvas');
			await editor.openNode('Check the platform');
			await page.getByTestId('parameter-input-operation').waitFor();
			await page.getByText('RentGuy Dashboard (Optional)', { exact: true }).waitFor();
			await editor.screenshot('watch-platform-panel');
		},
		LIMIT_MS,
	);

	test(
		'tests both credentials',
		async () => {
			for (const [index, name] of ['postgres-server', 'backup-repository'].entries()) {
				await editor.openWorkflow('drBackUpPostgres');
				await editor.openNode('Back up the database');
				await page.getByTestId('credential-edit-button').nth(index).click();
				await page.getByTestId('credentials-config-container-test-success').waitFor();
				await editor.screenshot(`credential-${name}`);
			}
		},
		LIMIT_MS,
	);

	test(
		'lists the backups with their proof',
		async () => {
			await editor.openWorkflow('drRestorePostgres');
			await editor.screenshot('restore-canvas');
			await editor.openNode('Find the newest verified backup');
			await editor.choose('backupChoice', 'Choose One');
			await editor.openList('backup');
			const newest = page.getByTestId('rlc-item').first();
			await newest.waitFor();
			expect(await newest.innerText()).toContain(String(backup?.['backupId']));
			expect(await newest.innerText()).toMatch(/restored/);
			await editor.screenshot('backups');
			await editor.openWorkflow('drRestorePostgres');
			await editor.openNode('Restore beside it and swap');
			await editor.screenshot('restore-panel');
		},
		LIMIT_MS,
	);
});
