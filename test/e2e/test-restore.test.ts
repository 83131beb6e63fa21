import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fileAt } from '../../core/files/file-at';
import { storeFile } from '../../core/files/store-file';
import { N8nClient } from '../../core/n8n/client';
import { createExport } from '../../core/n8n/create-export';
import { writeExport } from '../../core/n8n/export-format';
import { marked } from '../../core/n8n/throw-away';
import { listBackups } from '../../core/repository/catalogue';
import { readN8nServer } from '../../nodes/shared/credentials';
import { installN8n } from '../support/n8n/install-n8n';
import { failureOf, outputOf, type Execution, type Workflow } from '../support/n8n/n8n-client';
import { N8nInstance } from '../support/n8n/n8n-instance';
import { parseStrictly } from '../support/report/strict-html';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { exportCredential } from '../support/stage/credentials';
import { createOwnedDatabase, withClient } from '../support/stage/owned-database';
import { nextRunOf, runOnSchedule, runsOf } from '../support/stage/scheduled-run';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const START_LIMIT_MS = 10 * 60_000;
const LIMIT_MS = 240_000;
const ID = 'drTestRestore';
const SHIPPED = Object.keys(shippedWorkflows());
const EVERY_MONTH = Array.from({ length: 12 }, (_none, month) => month + 1).join(', ');

let stage: Stage;
/** An n8n that nobody uses, without this package. */
let throwAway: N8nInstance;
let folder: string;
/** Of the newest backups, in the order in which they are tested. */
let ids: string[];

beforeAll(async () => {
	stage = await setStage();
	throwAway = await N8nInstance.start({
		installed: await installN8n(),
		database: await createOwnedDatabase(stage.postgres, 'throw_away', 'throw_away'),
	});
	folder = await mkdtemp(join(tmpdir(), 'dr-test-restore-'));
	await withClient(stage.database, async (client) => {
		await client.query('create table bookings as select generate_series(1, 300) as id');
	});
	const admin = stage.redis.admin();
	await admin.mset('one', 'key', 'and', 'another');
	admin.disconnect();
	const postgres = await succeed('drBackUpPostgres');
	const redis = await succeed('drBackUpRedis');
	const made = [postgres, redis].map((run) => outputOf(run, 'Summarise the run')[0]?.['backupId']);
	const env = await store('managed.env', 'PORT=3000\n');
	const exported = await store('n8n-workflows', await exportOf(stage.n8n));
	ids = [...made.map(String), env, exported];

	const monthly = await shippedWorkflow('test-restore-monthly.json');
	nodeOf(monthly, 'On the first of the month').parameters = {
		rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] },
	};
	const importing = nodeOf(monthly, 'Test the n8n export');
	importing.parameters['level'] = 'restored';
	importing.credentials!['drN8nApi'] = { id: 'throwAway', name: 'Throw-away n8n' };
	const credential = await exportCredential(throwAway.client);
	await stage.n8n.importCredentials([{ ...credential, id: 'throwAway', name: 'Throw-away n8n' }]);
	await stage.n8n.importWorkflows([monthly]);
	await set({ 'restoreTest.redisMonths': EVERY_MONTH });
}, START_LIMIT_MS);

afterAll(async () => {
	await throwAway?.stop();
	await stage?.clear();
	await rm(folder, { recursive: true, force: true });
});

/** Stores a file under its own name; the id of the backup. */
async function store(name: string, content: string): Promise<string> {
	const path = join(folder, name);
	await writeFile(path, content);
	const { repository } = stage;
	const { manifest } = await storeFile({
		...{ source: fileAt(path), repository, compression: { algorithm: 'none' } },
		...{ onlyWhenChanged: true, envFile: false },
	});
	return manifest.id;
}

/** All workflows of an n8n, as the daily backup writes them down. */
async function exportOf({ client }: N8nInstance): Promise<string> {
	const server = readN8nServer((await exportCredential(client)).data as never);
	const content = await createExport(new N8nClient(server), { variableValues: false });
	return writeExport({ ...content, n8nVersion: null, encryptionKeyFingerprint: null });
}

/** Runs a shipped workflow by hand. */
async function succeed(workflowId: string): Promise<Execution> {
	const { client } = stage.n8n;
	const execution = await client.finished(await client.run(workflowId));
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	return execution;
}

async function workflowsOf({ client }: N8nInstance): Promise<Workflow[]> {
	return await client.editor<Workflow[]>('GET', 'workflows');
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
				passed: ['Postgres', 'Redis', 'managed.env', 'n8n-workflows'],
			},
		]);
		expect(outputOf(run, 'Test the n8n export')).toMatchObject([
			{
				...{ level: 'restored', workflows: SHIPPED.length, warnings: [] },
				importedInto: new URL(throwAway.url).host,
			},
		]);
		expect(await workflowsOf(throwAway)).toEqual([]);
		const { backups } = await listBackups(stage.repository);
		const levels = ids.map((id) => {
			const { verifications = [] } = backups.find((one) => one.id === id) ?? {};
			return new Set(verifications.map(({ level }) => level));
		});
		expect(levels.map((found) => found.has('restored'))).toEqual([true, true, false, true]);
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
		expect(mail?.text).toMatch(
			new RegExp(`n8n-workflows: teruggezet en vergeleken in .+ \\(${SHIPPED.length} workflows\\)`),
		);
		for (const id of ids) expect(mail?.text).toContain(`Back-up ${id}, `);
		const [page, ...more] = mail?.attachments ?? [];
		expect(more).toEqual([]);
		expect(parseStrictly(page?.content ?? '').text).toContain('Maandelijkse restoretest');
		expect(stage.slack.messages).toHaveLength(1);
	},
	LIMIT_MS,
);

test(
	'what an import left behind goes first; an n8n that is in use is refused and stays as it is',
	async () => {
		const own = { name: 'Our own', nodes: [], connections: {}, settings: {} };
		const { client } = throwAway;
		await client.editor('POST', 'workflows', marked(own, 'n8n-workflows-20261122034000'));
		const test = async () => {
			const id = await stage.n8n.client.run(ID);
			return outputOf(await stage.n8n.client.finished(id), 'Note how n8n went')[0];
		};
		expect(await test()).toMatchObject({ outcome: 'passed', proof: 'teruggezet en vergeleken' });
		expect(await workflowsOf(throwAway)).toEqual([]);

		await client.editor('POST', 'workflows', own);
		const before = await workflowsOf(throwAway);
		expect(before).toMatchObject([{ name: 'Our own' }]);
		expect(await test()).toMatchObject({
			outcome: 'failed',
			reason: `The n8n at ${new URL(throwAway.url).host} is no throw-away: it has the workflow "Our own".`,
		});
		expect(await workflowsOf(throwAway)).toEqual(before);
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
		expect(failureOf(run)).toMatch(
			/^Niet geslaagd in de restoretest: managed\.env \(The repository has no file backup named other\.env\); n8n-workflows \(.+\)\. Wel geslaagd: Postgres\.$/,
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

test(
	'the drills find out that staging and the clone are production, and touch nothing',
	async () => {
		const { host } = stage.postgres;
		await set({
			...{ 'staging.postgresHost': host, 'staging.redisHost': host },
			...{ 'staging.rentGuyWorkspace': 'ws-1', 'clone.server': 'clone.example' },
			...{ 'clone.postgresHost': host, 'clone.redisHost': host },
		});
		const { client } = stage.n8n;
		const before = await stage.filesInDirectory();
		for (const [id, targets] of [
			['drDrillStaging', 'Postgres, Redis, RentGuy-wachtrij'],
			['drTestFailover', 'Backend, Postgres, Redis'],
		] as const) {
			const run = await client.finished(await client.run(id));
			expect(failureOf(run)).toMatch(
				new RegExp(`^Geweigerd, er is niets aangeraakt: ${targets} van deze oefening`),
			);
		}
		expect(await stage.filesInDirectory()).toEqual(before);
		expect(stage.sshServer.commands).toHaveLength(2);
		expect(stage.platform.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
	},
	LIMIT_MS,
);
