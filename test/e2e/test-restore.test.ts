import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fileAt } from '../../core/files/file-at';
import { storeFile } from '../../core/files/store-file';
import { listBackups } from '../../core/repository/catalogue';
import { failureOf, outputOf, type Execution } from '../support/n8n/n8n-client';
import { parseStrictly } from '../support/report/strict-html';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withClient } from '../support/stage/owned-database';
import { nextRunOf, runOnSchedule, runsOf } from '../support/stage/scheduled-run';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const LIMIT_MS = 240_000;
const ID = 'drTestRestore';
const EVERY_MONTH = Array.from({ length: 12 }, (_none, month) => month + 1).join(', ');

let stage: Stage;
let folder: string;
/** Of the newest backups, in the order in which they are tested. */
let ids: string[];

beforeAll(async () => {
	stage = await setStage();
	folder = await mkdtemp(join(tmpdir(), 'dr-test-restore-'));
	await withClient(stage.database, async (client) => {
		await client.query('create table bookings as select generate_series(1, 300) as id');
	});
	const admin = stage.redis.admin();
	await admin.mset('one', 'key', 'and', 'another');
	admin.disconnect();
	const postgres = await succeed('drBackUpPostgres');
	const redis = await succeed('drBackUpRedis');
	const path = join(folder, 'managed.env');
	await writeFile(path, 'PORT=3000\n');
	const env = await storeFile({
		...{ source: fileAt(path), repository: stage.repository, compression: { algorithm: 'none' } },
		...{ onlyWhenChanged: true, envFile: true },
	});
	const made = [postgres, redis].map((run) => outputOf(run, 'Summarise the run')[0]?.['backupId']);
	ids = [...made.map(String), env.manifest.id];

	const monthly = await shippedWorkflow('test-restore-monthly.json');
	nodeOf(monthly, 'On the first of the month').parameters = {
		rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] },
	};
	await stage.n8n.importWorkflows([monthly]);
	await set({ 'restoreTest.redisMonths': EVERY_MONTH });
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
	await rm(folder, { recursive: true, force: true });
});

/** Runs a shipped workflow by hand. */
async function succeed(workflowId: string): Promise<Execution> {
	const { client } = stage.n8n;
	const execution = await client.finished(await client.run(workflowId));
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	return execution;
}

/** Puts other values into the settings, beside those that are shipped. */
async function set(values: SettingsValues): Promise<void> {
	await stage.n8n.importWorkflows([settingsWith(values) as never]);
	await stage.n8n.client.publish('drSettings');
}

test(
	'the schedule restores the newest backups, and mails the report with a line for each',
	async () => {
		const run = await runOnSchedule(stage.n8n.client, ID);
		if (run.status !== 'success') throw new Error(failureOf(run));
		expect(outputOf(run, 'Summarise the test')).toMatchObject([
			{
				...{ succeeded: true, failed: [], skipped: [], restoredBackups: ids },
				passed: ['Postgres', 'Redis', 'managed.env'],
			},
		]);
		const { backups } = await listBackups(stage.repository);
		const levels = ids.map((id) => {
			const { verifications = [] } = backups.find((one) => one.id === id) ?? {};
			return new Set(verifications.map(({ level }) => level));
		});
		expect(levels.map((found) => found.has('restored'))).toEqual([true, true, false]);
		expect(levels[2]?.has('readable')).toBe(true);
		const [recorded] = outputOf(run, 'Record the test');
		expect(recorded).toMatchObject({ kind: 'drill', outcome: 'succeeded', warnings: [] });
		expect(outputOf(run, 'Write the report')).toMatchObject([
			{ exercises: [{ id: recorded?.['incidentId'], planParagraph: '§2', outcome: 'succeeded' }] },
		]);

		const [mail, ...others] = stage.mail.mails;
		expect(others).toEqual([]);
		expect(mail).toMatchObject({
			subject: '[Mister DJ] Restoretest geslaagd',
			text: expect.stringMatching(
				/Postgres: teruggezet en vergeleken in [\d.]+ s \(1 tabellen, 300 rijen\)/,
			) as unknown,
		});
		expect(mail?.text).toContain(`Back-up ${ids[1]}`);
		const [page, ...more] = mail?.attachments ?? [];
		expect(more).toEqual([]);
		expect(parseStrictly(page?.content ?? '').text).toContain('Maandelijkse restoretest');
		expect(stage.slack.messages).toHaveLength(1);
	},
	LIMIT_MS,
);

test(
	'a part that fails is in the mail beside the others, and the error workflow tells of it',
	async () => {
		await set({ 'restoreTest.redisMonths': '', 'backups.envName': 'other.env' });
		const { client } = stage.n8n;
		const known = await runsOf(client, 'drReportFailure');
		const before = stage.mail.mails.length;
		const run = await runOnSchedule(client, ID);
		expect(run.status).toBe('error');
		expect(failureOf(run)).toBe(
			'Niet geslaagd in de restoretest: managed.env (The repository has no file backup named other.env). Wel geslaagd: Postgres.',
		);
		await nextRunOf(client, 'drReportFailure', known);
		const [report, alert] = stage.mail.mails.slice(before);
		expect(report).toMatchObject({ subject: '[Mister DJ] Restoretest mislukt' });
		expect(report?.text).toMatch(/Redis: overgeslagen[^]*managed\.env: MISLUKT\. The repository/);
		expect(alert?.subject).toBe('[Mister DJ] Mislukt: Test the restore monthly');
		expect(alert?.text).toMatch(/Eerst doen: .* aan wat in gebruik is, is niets veranderd/);
		await set({ 'restoreTest.redisMonths': EVERY_MONTH });
	},
	LIMIT_MS,
);
