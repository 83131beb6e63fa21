import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

import { listBackups } from '../../core/repository/catalogue';
import { createBackupId } from '../../core/repository/naming';
import { recordVerification } from '../../core/repository/verification';
import { writeBackup } from '../../core/repository/write-backup';
import { createServerCertificate } from '../support/certificates';
import { failureOf, outputOf, type Workflow } from '../support/n8n/n8n-client';
import { parseStrictly } from '../support/report/strict-html';
import { plantBackup } from '../support/repository/plant-backup';
import { requestFor } from '../support/repository/sample-backup';
import { setValues } from '../support/settings-with';
import { n8nCredential, rentGuyCredential } from '../support/stage/credentials';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const FLUSH = 'drFlushRentGuyQueue';
const HOUR_MS = 3_600_000;

let stage: Stage;

beforeAll(async () => {
	stage = await setStage();
}, START_LIMIT_MS);

afterAll(async () => {
	await stage?.clear();
});

/** A verified backup of so many hours ago; its id. */
async function backUp(hoursAgo: number): Promise<string> {
	const { repository } = stage;
	const consistencyPoint = new Date(Date.now() - hoursAgo * HOUR_MS);
	const id = createBackupId('mrdj', consistencyPoint);
	const backup = await writeBackup(
		repository,
		requestFor(Buffer.from('data'), { name: 'mrdj', id, consistencyPoint }),
	);
	const verified = { level: 'readable' as const, at: new Date(), durationMs: 1, details: {} };
	await recordVerification(repository, backup, verified);
	return id;
}

test('old backups go from both stores, and the report is mailed with its page', async () => {
	const noon = new Date().setUTCHours(12, 0, 0, 0) - 40 * 24 * HOUR_MS;
	const day = (Date.now() - noon) / HOUR_MS;
	const newest = await backUp(0.2);
	const [lastOfDay, between, oldest] = [
		...[await backUp(day), await backUp(day + 1), await backUp(day + 2)],
	];

	const { client } = stage.n8n;
	const execution = await client.finished(await client.run('drPruneAndReport'));
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	expect(outputOf(execution, 'Remove what no rule keeps')).toMatchObject([
		{ removed: 1, kept: 3, warnings: [] },
	]);
	const { backups } = await listBackups(stage.repository);
	expect(backups.map(({ id }) => id)).toEqual([newest, lastOfDay, oldest]);
	for (const keys of [stage.s3.objects().map(({ key }) => key), await stage.filesInDirectory()]) {
		expect(keys.join()).not.toContain(between);
	}
	expect(outputOf(execution, 'Summarise the run')).toMatchObject([
		{ removed: 1, report: { mail: 'sent', slack: 'sent' }, failed: [] },
	]);
	const mail = stage.mail.mails.at(-1);
	expect(mail).toMatchObject({
		to: ['ops@mr-dj.nl', 'techlead@mr-dj.nl', 'qa@mr-dj.nl'],
		subject: '[Mister DJ] Back-uprapport: doelen nu gehaald, maar let op',
		text: expect.stringMatching(/^Het back-uprapport van Mister DJ over 7 dagen\./) as unknown,
		attachments: [
			{ fileName: expect.stringMatching(/^disaster-recovery-report-.*\.html$/) as unknown },
		],
	});
	expect(parseStrictly(mail?.attachments[0]?.content ?? '').text).toContain(
		'Disaster recovery report',
	);
	expect(stage.slack.messages.at(-1)?.text).toContain('Score 3-2-1-1-0');
}, 120_000);

test('the RentGuy queue is flushed, and a paused one is an error with figures', async () => {
	const { platform } = stage;
	const { client } = stage.n8n;
	const ids = [...(await platform.addJobs(4)), ...(await platform.addJobs(2, 'failed'))];
	const flushed = await client.finished(await client.run(FLUSH));
	if (flushed.status !== 'success') throw new Error(failureOf(flushed));
	expect(outputOf(flushed, 'Summarise the run')).toMatchObject([
		{ outcome: 'flushed', pendingBefore: 6, delivered: 6, remaining: 0, warnings: [] },
	]);
	expect(platform.rentGuy.taken.sort()).toEqual(ids.sort());

	await platform.pauseQueue();
	await platform.addJobs(1, 'waiting');
	const refused = await client.finished(await client.run(FLUSH));
	expect(refused.status).toBe('error');
	expect(failureOf(refused)).toMatch(/queue is paused.*remaining 1/);
	await platform.resumeQueue();
	expect(JSON.stringify([flushed, refused])).not.toContain(platform.password);
}, 120_000);

test('the credential says what is wrong with it', async () => {
	const credentials = rentGuyCredential(stage.platform);
	const test = async (changes: object) =>
		await stage.n8n.client.editor('POST', 'credentials/test', {
			credentials: { ...credentials, data: { ...credentials.data, ...changes } },
		});
	expect(await test({})).toMatchObject({ status: 'OK', message: 'Connected: 0 jobs are pending.' });
	expect(await test({ password: 'wrong' })).toMatchObject({
		...{ status: 'Error', message: expect.stringMatching(/refused the user/) as unknown },
	});
	const baseUrl = stage.platform.baseUrl.replace('/api', '');
	expect(await test({ baseUrl })).toMatchObject({
		...{ status: 'Error', message: expect.stringMatching(/correct the base URL/) as unknown },
	});
});

test('the platform is watched: people are told of changes, once each', async () => {
	const { platform, backupDirectory, mail, slack, n8n } = stage;
	const { ca, certificate, key: privateKey } = await createServerCertificate(undefined, 30);
	const website = createServer({ cert: certificate, key: privateKey }).listen(0, '127.0.0.1');
	await once(website, 'listening');
	try {
		const { port } = website.address() as AddressInfo;
		const settings = await shippedWorkflow('settings.json');
		setValues(settings, {
			'site.healthUrl': `${platform.baseUrl}/health`,
			'site.certificateHost': '127.0.0.1',
			'site.certificatePort': port,
			'runs.backUpManagedEnvMinutes': 0,
		});
		const watch = await shippedWorkflow('watch-platform.json');
		trustCertificatesOf(watch, ca);
		await n8n.importWorkflows([settings, watch]);
		await n8n.client.publish('drSettings');
		for (const component of ['postgres', 'redis', 'rentguy-queue']) {
			plantBackup(backupDirectory, { component, at: new Date(), levels: ['readable'] });
		}
		const ahead = slack.messages.length - mail.mails.length;
		const told = async (...ids: string[]) => {
			const { length } = mail.mails;
			for (const id of ids.length > 0 ? ids : [await n8n.client.run(watch.id)]) {
				const execution = await n8n.client.finished(id);
				if (execution.status !== 'success') throw new Error(failureOf(execution));
				expect(JSON.stringify(execution)).not.toContain(platform.password);
			}
			expect(slack.messages).toHaveLength(mail.mails.length + ahead);
			return mail.mails.slice(length);
		};
		const database = (connected: boolean) => (platform.switches.database.connected = connected);

		// It has never run here; the first time that it succeeds is enough.
		expect(await told()).toMatchObject([{ subject: '[Mister DJ] Niet in orde: Back up hourly' }]);
		await n8n.importWorkflows([{ ...settings, id: 'drBackUpHourly', name: 'Back up hourly' }]);
		await n8n.client.finished(await n8n.client.run('drBackUpHourly'));
		expect(await told()).toMatchObject([{ subject: '[Mister DJ] Weer in orde' }]);
		expect(await told()).toEqual([]);

		database(false);
		expect(await told()).toMatchObject([
			{
				subject: '[Mister DJ] Niet in orde: Platform',
				text: expect.stringMatching(
					/Platform: .*database\.connected == true, seen false/,
				) as unknown,
			},
		]);
		expect(await told()).toEqual([]);

		// What was told outlives n8n; of two runs at the same moment one tells what is news.
		const restart = await n8n.crash();
		await restart();
		const key = await n8n.client.createApiKey(['execution:list']);
		await n8n.importCredentials([n8nCredential(n8n.url, key)]);
		expect(await told()).toEqual([]);
		await platform.pauseQueue();
		await platform.addJobs(1, 'waiting');
		const both = await Promise.all([n8n.client.run(watch.id), n8n.client.run(watch.id)]);
		expect(await told(...both)).toMatchObject([
			{ subject: '[Mister DJ] Niet in orde: Platform, RentGuy-wachtrij' },
		]);

		// Nobody can be told: it is news until somebody is.
		await platform.resumeQueue();
		database(true);
		mail.goDown();
		slack.goDown();
		const untold = await n8n.client.finished(await n8n.client.run(watch.id));
		expect(failureOf(untold)).toMatch(/^Nobody was told of "\[Mister DJ\] Weer in orde"\. /);
	} finally {
		mail.comeBack();
		slack.comeBack();
		website.close();
	}
}, 240_000);

/** The certificate of the website is vouched for by an authority of this test. */
function trustCertificatesOf(workflow: Workflow, ca: string): void {
	const { checks } = nodeOf(workflow, 'Check the platform').parameters as {
		checks: { check: { kind: string; tlsOptions?: object }[] };
	};
	for (const check of checks.check) if (check.kind === 'tls') check.tlsOptions = { ca };
}
