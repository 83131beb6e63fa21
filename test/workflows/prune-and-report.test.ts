import type { IDataObject } from 'n8n-workflow';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openRepository, type Repository } from '../../core/repository/repository';
import { listBackups } from '../../core/repository/catalogue';
import { createBackupId } from '../../core/repository/naming';
import { recordVerification } from '../../core/repository/verification';
import { writeBackup } from '../../core/repository/write-backup';
import { createEngine, type Engine, type WorkflowFile } from '../support/engine-harness';
import { parseStrictly } from '../support/report/strict-html';
import { requestFor } from '../support/repository/sample-backup';
import { settingsWith } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const PASSPHRASE = 'a long passphrase';
const HOUR_MS = 3_600_000;

let directory: string;
let repository: Repository;
let engine: Engine;
let mail: IDataObject | undefined;
let isMailDown: boolean;

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'dr-prune-report-'));
	repository = openRepository({
		directory: { path: directory },
		encryption: { kind: 'passphrase', passphrase: PASSPHRASE },
	});
	const settings = { storage: 'directory', directory, encryption: 'passphrase' };
	mail = undefined;
	isMailDown = false;
	const tellPeople = shippedWorkflows()['tell-people'] as WorkflowFile;
	engine = await createEngine({
		library: { drSettings: settingsWith({}), drTellPeople: withoutRetries(tellPeople) },
		outside: (node, parameters) => {
			if (node === 'Tell Slack') return { ok: true };
			if (isMailDown) throw new Error('No space left');
			mail = parameters;
			return { messageId: '<1@example>' };
		},
		credentials: { 'Backup repository': { ...settings, passphrase: PASSPHRASE } },
	});
});

afterEach(async () => {
	await rm(directory, { recursive: true, force: true });
});

const shipped = () => shippedWorkflows()['prune-and-report'] as WorkflowFile;

/** A verified backup of so many hours ago; its id. */
async function backUp(hoursAgo: number): Promise<string> {
	const at = new Date(Date.now() - hoursAgo * HOUR_MS);
	const plain = { ...repository, encryption: { kind: 'none' as const } };
	const id = createBackupId('mrdj', at);
	const backup = await writeBackup(
		plain,
		requestFor(Buffer.from('data'), { name: 'mrdj', id, consistencyPoint: at }),
	);
	const verified = { level: 'readable' as const, at: new Date(), durationMs: 1, details: {} };
	await recordVerification(plain, backup, verified);
	return backup.id;
}

const idsLeft = async () => (await listBackups(repository)).backups.map(({ id }) => id);

it('removes what no rule keeps, and mails a whole page with the score', async () => {
	// Of three on one day the last one stays as that day's, and the first one as the oldest of all.
	const noon = new Date().setUTCHours(12, 0, 0, 0) - 40 * 24 * HOUR_MS;
	const day = (Date.now() - noon) / HOUR_MS;
	const newest = await backUp(0.2);
	for (const hours of [day, day + 1, day + 2]) await backUp(hours);
	const { error, output } = await engine.run(shipped());
	expect(error?.message).toBeUndefined();
	const [pruned] = output('Remove what no rule keeps')[0] ?? [];
	expect(pruned?.json).toMatchObject({ dryRun: false, removed: 1, kept: 3 });
	expect(await idsLeft()).toHaveLength(3);
	const [item] = output('Write the mail')[0] ?? [];
	expect(item?.json).toMatchObject({ windowDays: 7, components: [{ newestBackupId: newest }] });
	const page = Buffer.from(item?.binary?.['report']?.data ?? '', 'base64').toString('utf8');
	expect(parseStrictly(page).text).toContain('Disaster recovery report');

	expect(mail).toMatchObject({
		toEmail: 'ops@mr-dj.nl, techlead@mr-dj.nl, QA lead <qa@mr-dj.nl>',
		subject: '[Mister DJ] Back-uprapport: doelen nu gehaald, maar let op',
		options: { fileAttachments: 'report' },
	});
	expect(mail?.text).toMatch(/^Het back-uprapport van Mister DJ over 7 dagen\./);
	// One copy beside the live data, in a directory that anybody may change; proved.
	expect(mail?.text).toMatch(/^postgres mrdj: nee-nee-nee-nee-0$/m);
	expect(mail?.text).toMatch(/disaster-recovery-report-\d{4}-\d\d-\d\d\.html\.$/);
	expect(mail?.text).not.toMatch(/undefined|\{/);
	expect(output('Summarise the run')[0]).toMatchObject([
		{ json: { removed: 1, report: { mail: 'sent', slack: 'sent' }, failed: [] } },
	]);
});

it('fails when a target is missed, after the report was mailed', async () => {
	await backUp(5);
	const { status, error } = await engine.run(shipped());
	expect(status).toBe('error');
	expect(error?.message).toBe('1 recovery point target of 1 is missed now: postgres mrdj.');
	expect(mail?.subject).toBe('[Mister DJ] Back-uprapport: doel gemist');
});

it('fails with both reasons when the report cannot be mailed either', async () => {
	await backUp(5);
	isMailDown = true;
	const { error } = await engine.run(shipped());
	expect(error?.message).toBe(
		'1 recovery point target of 1 is missed now: postgres mrdj. Mail: No space left',
	);
});
