import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { Redis } from 'ioredis';
import type { IDataObject } from 'n8n-workflow';

import { findIncident } from '../../core/events/find-incident';
import { nextSecond } from '../../core/repository/next-second';
import { openRepository } from '../../core/repository/repository';
import { readRepositorySettings } from '../../nodes/shared/credentials';
import { createEngine, type WorkflowFile } from '../support/engine-harness';
import { type Platform, startPlatform } from '../support/platform';
import { type RunningRedis, startRedis } from '../support/redis-server';
import { contentOf, fillWithEverything } from '../support/redis/content';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { shippedWorkflows } from '../support/workflow-lint/shipped';
import { withoutRetries } from '../support/without-retries';

const INCIDENT = '2026-11-23-redis';
const shipped = shippedWorkflows() as Record<'back-up-redis' | 'restore-redis', WorkflowFile>;

let redis: RunningRedis;
/** Where the platform keeps its queue: no other server, so that it does not hang with the other one. */
let platformRedis: RunningRedis;
let platform: Platform;
let admin: Redis;
let keys: { recipients: string; identities: string };
/** A repository with one verified backup of everything. */
let model: string;
let backupId: string;
/** A copy of it for each test. */
let folder: string;
let whole: unknown;

beforeAll(async () => {
	[redis, platformRedis] = await Promise.all([startRedis(), startRedis()]);
	platform = await startPlatform({ redis: platformRedis });
	admin = redis.admin();
	const identities = await generateX25519Identity();
	keys = { identities, recipients: await identityToRecipient(identities) };
	model = mkdtempSync(join(tmpdir(), 'dr-restore-model-'));
	folder = model;
	await fillWithEverything(admin);
	whole = await contentOf(admin);
	const engine = await createEngine({ credentials: credentials() });
	const { error, output } = await engine.run(shipped['back-up-redis']);
	expect(error?.message).toBeUndefined();
	backupId = String(output('Summarise the run')[0]?.[0]?.json.backupId);
});

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'dr-restore-'));
	cpSync(model, folder, { recursive: true });
	await admin.flushall();
	await admin.set('written since', 'the disaster');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

afterAll(async () => {
	admin?.disconnect();
	await platform?.stop();
	await Promise.all([redis?.stop(), platformRedis?.stop()]);
	rmSync(model, { recursive: true, force: true });
});

const credentials = (password = redis.password) => ({
	'Redis server': { ...{ host: redis.host, port: redis.port, password }, tls: 'disable' },
	'Backup repository': {
		...{ storage: 'directory', directory: folder, encryption: 'keyPair', ...keys },
	},
});

async function recorded() {
	const settings = readRepositorySettings(credentials()['Backup repository'] as never);
	return (await findIncident(openRepository(settings), INCIDENT)).history?.incident;
}

async function restore(
	input?: IDataObject,
	{ values = {}, password }: { values?: SettingsValues; password?: string } = {},
) {
	const settings = settingsWith({
		...{ 'site.healthUrl': `${platform.baseUrl}/health`, 'restore.healthMinutes': 0.1, ...values },
	});
	const engine = await createEngine({
		...{ credentials: credentials(password), library: { drSettings: settings } },
	});
	const { error, output } = await engine.run(withoutRetries(shipped['restore-redis']), {
		...(input && { startAt: 'Called by another workflow', items: [{ json: input }] }),
	});
	const summary = output('Summarise the restore')[0]?.[0]?.json ?? {};
	return { error: error?.message, summary };
}

describe('Restore Redis', () => {
	it('keeps what is there, restores, counts, looks at the platform, and records it', async () => {
		const { error, summary } = await restore({ incident: INCIDENT });
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({
			...{ step: 'Restore Redis', outcome: 'done', doByHand: '', backupId, health: 'pass' },
			...{ countsCompared: true, method: 'replication', warnings: [] },
			safetySnapshot: expect.stringMatching(/^before-restore\./) as unknown,
			undo: expect.stringContaining(String(summary.safetySnapshot)) as unknown,
		});
		const { keys: count, ageMinutes, safetySnapshot, databases } = summary;
		expect((databases as { keys: number }[]).reduce((sum, one) => sum + one.keys, 0)).toBe(count);
		expect(summary.says).toBe(
			`Redis is hersteld uit back-up ${backupId}, ${String(ageMinutes)} minuten oud: ${String(count)} sleutels, geteld en gelijk aan de back-up. Wat er stond is bewaard als ${String(safetySnapshot)}.`,
		);
		expect(await contentOf(admin)).toEqual(whole);
		expect(await recorded()).toMatchObject({
			...{ kind: 'incident', notes: [summary.says], restoredBackups: [{ id: backupId }] },
			instants: { restoreStarted: expect.any(String) as unknown },
		});

		// The way back leads to what was there; two backups of one name are not of the same second.
		await nextSecond(new Date(), undefined);
		const back = await restore({ backup: safetySnapshot as string });
		expect(back.summary).toMatchObject({ outcome: 'done', keys: 1 });
		expect(await admin.get('written since')).toBe('the disaster');
	});

	it('needs no more than the button, and then records nothing', async () => {
		const { error, summary } = await restore(undefined, { values: { 'site.healthUrl': '' } });
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({ outcome: 'done', health: 'not checked' });
		expect(await contentOf(admin)).toEqual(whole);
		expect(readdirSync(folder)).toEqual(['redis']);
	});

	it('ends with an error where the platform is not well afterwards, and says the way back', async () => {
		await platform.goDown();
		try {
			const { error, summary } = await restore({ incident: INCIDENT });
			expect(summary).toMatchObject({ outcome: 'failed', health: 'fail', backupId });
			expect(error).toContain('Het platform is na het herstel niet in orde: ');
			expect(error).toContain(`\ncurl -s ${platform.baseUrl}/health\n`);
			expect(error).toContain(`geef ${String(summary.safetySnapshot)}, en start.`);
			expect(await contentOf(admin)).toEqual(whole);
			expect(await recorded()).toMatchObject({ notes: [summary.says] });
		} finally {
			await platform.comeBack();
		}
	});

	it.each<[what: string, input: IDataObject, said: RegExp]>([
		['unknown', { backup: 'cache-20200101000000' }, /has no backup cache-20200101000000/],
		['no id', { backup: 'the newest' }, /"the newest" is not the id of a backup/],
	])('touches nothing where the id of the backup is %s', async (_what, input, said) => {
		const { error, summary } = await restore(input);
		expect(error).toMatch(/^Redis is niet hersteld: /);
		expect(error).toMatch(said);
		expect(error).toContain('npx n8n-nodes-disaster-recovery restore redis --help');
		expect(summary).toMatchObject({ outcome: 'failed', backupId: '', keys: null });
		expect(await admin.keys('*')).toEqual(['written since']);
	});

	it('touches nothing where there is no verified backup, or the login is refused', async () => {
		const refused = await restore(undefined, { password: 'not-the-password' });
		expect(refused.error).toMatch(/^Redis is niet hersteld: .*password/i);
		expect(JSON.stringify(refused)).not.toContain('not-the-password');
		rmSync(join(folder, 'redis'), { recursive: true });
		const none = await restore();
		expect(none.error).toContain('The repository has no verified Redis backup.');
		expect(await admin.keys('*')).toEqual(['written since']);
	});

	it('restores although nothing can be recorded, and says what is to be written down', async () => {
		await restore({ incident: INCIDENT, kind: 'drill', backup: 'cache-20200101000000' });
		const { error, summary } = await restore({ incident: INCIDENT, kind: 'incident' });
		expect(error).toBeUndefined();
		expect(await contentOf(admin)).toEqual(whole);
		expect(summary.says).toContain(`${INCIDENT} is recorded as drill, not as incident.`);
		expect(summary.doByHand).toMatch(new RegExp(`^Noteer bij ${INCIDENT}: begin 20`));
	});

	it('restores a server that was killed meanwhile and came back with nothing', async () => {
		await redis.kill();
		const { error, summary } = await restore();
		expect(error).toMatch(/^Redis is niet hersteld: /);
		expect(summary).toMatchObject({ outcome: 'failed', backupId: '' });
		await redis.start();
		admin = redis.admin();
		expect((await restore()).summary).toMatchObject({ outcome: 'done', backupId });
		expect(await contentOf(admin)).toEqual(whole);
	});
});
