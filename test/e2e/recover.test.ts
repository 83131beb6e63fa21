import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { findIncident } from '../../core/events/find-incident';
import { fileAt } from '../../core/files/file-at';
import { storeFile } from '../../core/files/store-file';
import { eventually } from '../support/eventually';
import { failureOf, outputOf, type Execution, type Item } from '../support/n8n/n8n-client';
import { contentOf as redisContentOf } from '../support/redis/content';
import { secretsIn } from '../support/secrets/forms';
import {
	answerApproval,
	approvalCode,
	approvalLink,
	openApproval,
	pressButton,
} from '../support/stage/approval';
import { withClient } from '../support/stage/owned-database';
import { nodeOf } from '../support/stage/shipped-workflow';
import { onRequest, scheduled } from '../support/stage/site-workflows';
import { changeSettings } from '../support/stage/site-settings';
import { setStage, type Stage } from '../support/stage/stage';
import { contentOf } from '../support/whole-database-content';

const START_LIMIT_MS = 10 * 60_000;
const LIMIT_MS = 240_000;
const RECOVER = 'drRecover';
/** In the order in which n8n publishes them: none before those that it calls. */
const CALLED = [
	...['drMaintenancePage', 'drPauseTriggers', 'drFlushRentGuyQueue', 'drResumeRentGuyAndN8n'],
	...['drCompareManagedEnv', 'drRestoreBackend', 'drRunMigrations', 'drRestorePostgres'],
	...['drRestoreRedis', 'drValidatePlatform', 'drWritePostMortem', 'drTriage'],
	...['drStabilisePlatform', 'drAskApproval', 'drRestoreWhatIsHit', RECOVER],
];
const SITE = [scheduled('siteTimed'), onRequest('siteHook', 'site-hook')];
const APPROVED = { target: 'mr-dj.nl', decision: 'Goedkeuren' };
const TECH_LEAD = 'techlead@mr-dj.nl';

let stage: Stage;
let live: string;
let page: string;
/** Between these the newest backup of Postgres began, by the clock of this test. */
let backedUp: { from: number; to: number };
/** What there was then. */
let before: { rows: Record<string, unknown>; keys: Awaited<ReturnType<typeof redisContentOf>> };

beforeAll(async () => {
	stage = await setStage();
	const { n8n, netlify, platform, sshServer } = stage;
	live = netlify.site.add({ files: { '/index.html': '<h1>Mister DJ</h1>' } });
	page = netlify.site.add({ files: { '/index.html': 'back soon' } });
	netlify.site.publish(live);
	await n8n.importWorkflows(SITE);
	await changeSettings(n8n.client, {
		...{ 'netlify.siteId': netlify.site.id, 'netlify.maintenanceDeployId': page },
		...{ 'site.healthUrl': `${platform.baseUrl}/health`, 'hosts.migrateCommand': '' },
		...{ 'validate.bookingsUrl': `${platform.baseUrl}/bookings`, 'validate.stableRounds': 2 },
		...{ 'validate.intervalSeconds': 1, 'validate.deadlineMinutes': 2 },
		...{ 'hosts.serverFolder': sshServer.folder, 'hosts.restoreLookSeconds': 1 },
		...{ 'hosts.restoreGoodLooks': 2, 'hosts.restoreDeadlineMinutes': 1 },
	});
	for (const id of [...CALLED, ...SITE.map((one) => one.id)]) await n8n.client.publish(id);
	await prepareServer();
	await withClient(stage.database, async (client) => {
		await client.query(`
			create table bookings as select id, 'guest ' || id as name from generate_series(1, 500) id;
			create table knex_migrations as select 1 as id;
			create table knex_migrations_lock as select 0 as is_locked;
		`);
	});
	const admin = stage.redis.admin();
	await admin.mset('one', 'key', 'and', 'another');
	admin.disconnect();
	backedUp = { from: Date.now(), to: 0 };
	await succeed('drBackUpPostgres');
	backedUp.to = Date.now();
	await succeed('drBackUpRedis');
	before = await content();
}, START_LIMIT_MS);

afterAll(async () => await stage?.clear());

afterEach(() => {
	const { netlify, strayCalls, sshServer } = stage;
	expect([netlify.refused, strayCalls, sshServer.refused]).toEqual([[], [], []]);
});

const inFolder = (name: string) => join(stage.sshServer.folder, name);

/** The restore command of the platform, as far as this test plays it, and the environment that it wants. */
async function prepareServer(): Promise<void> {
	await mkdir(inFolder('bin'));
	await mkdir(inFolder('backend'));
	const service = { Service: 'backend', State: 'running', Health: 'healthy', ExitCode: 0 };
	const docker = `#!/bin/sh
case "$*" in
	'compose config --services') echo backend ;;
	'compose ps --all --format json') echo '${JSON.stringify(service)}' ;;
	*) exit 64 ;;
esac`;
	await writeFile(inFolder('bin/docker'), docker, { mode: 0o700 });
	const deploy = '#!/bin/sh\ntouch deploying\nuntil [ -e deployed ]; do sleep 0.1; done\n';
	await writeFile(inFolder('deploy.sh'), deploy, { mode: 0o700 });
	await writeFile(inFolder('backend/managed.env'), 'PORT=3000\n', { mode: 0o600 });
	await storeFile({
		...{ source: fileAt(inFolder('backend/managed.env')), repository: stage.repository },
		...{ compression: { algorithm: 'none' }, onlyWhenChanged: true, envFile: true },
	});
}

async function succeed(workflowId: string): Promise<void> {
	const { client } = stage.n8n;
	const execution = await client.finished(await client.run(workflowId));
	if (execution.status !== 'success') throw new Error(failureOf(execution));
}

async function content(): Promise<typeof before> {
	const rows = await withClient(stage.database, contentOf);
	const admin = stage.redis.admin();
	try {
		return { rows, keys: await redisContentOf(admin) };
	} finally {
		admin.disconnect();
	}
}

/** Fills in what is chosen by hand, and starts the recovery. */
async function start(values: Record<string, string>): Promise<string> {
	const { client } = stage.n8n;
	const workflow = await client.workflow(RECOVER);
	const { assignments } = nodeOf(workflow, 'Choose by hand').parameters['assignments'] as {
		assignments: { name: string; value: string }[];
	};
	for (const field of assignments) {
		field.value = values[field.name] ?? (field.name === 'kind' ? 'incident' : '');
	}
	const { nodes, versionId } = workflow;
	await client.editor('PATCH', `workflows/${RECOVER}`, { nodes, versionId });
	return await client.run(RECOVER);
}

/** The mails that ask for an approval, once there are so many after the first `known`. */
async function asked(known: number, count = 1) {
	return await eventually(() => {
		const found = stage.mail.mails
			.slice(known)
			.filter(({ subject }) => subject.includes('Goedkeuring gevraagd'));
		if (found.length < count) throw new Error('Nobody was asked.');
		return found;
	}, 90_000);
}

/** Starts n8n again that was killed while it waited. */
async function killAndRestart(id: string): Promise<void> {
	await eventually(async () => {
		const { status } = await stage.n8n.client.editor<{ status: string }>('GET', `executions/${id}`);
		expect(status).toBe('waiting');
	});
	const restart = await stage.n8n.crash();
	await restart();
	const api = stage.credentials.find(({ name }) => name === 'n8n API')!;
	const baseUrl = new URL('api/v1', stage.n8n.url).href;
	await stage.n8n.importCredentials([{ ...api, data: { ...api.data, baseUrl } }]);
}

async function resultOf(id: string, node = 'Hand on the result'): Promise<Item> {
	const execution = await stage.n8n.client.finished(id, LIMIT_MS);
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	expectNoSecretsIn(execution);
	return outputOf(execution, node)[0] ?? {};
}

function expectNoSecretsIn(execution: Execution): void {
	const { platform, netlify, database, redis } = stage;
	const secrets = {
		...{ platform: platform.password, netlify: netlify.token },
		...{ database: database.password, redis: redis.password },
	};
	expect(secretsIn(JSON.stringify(execution), secrets)).toEqual([]);
}

const published = async () =>
	await Promise.all(
		SITE.map(async ({ id }) => {
			const { activeVersionId } = await stage.n8n.client.workflow(id);
			return activeVersionId as string | null;
		}),
	);

const seconds = (from: number, to: number) => (to - from) / 1000;

/** RTA and RPA of the record, against what the clock of this test saw. */
async function expectMeasured(
	incident: string,
	seen: { began: number; healthyAfter: number; healthyBefore: number; losesData: boolean },
): Promise<void> {
	const { history } = await findIncident(stage.repository, incident);
	const { recovery, incident: record } = history!;
	expect(record).toMatchObject({ outcome: 'succeeded', conflicts: [] });
	expect(recovery.rtaSeconds).toBeGreaterThanOrEqual(seconds(seen.began, seen.healthyAfter) - 1);
	expect(recovery.rtaSeconds).toBeLessThanOrEqual(seconds(seen.began, seen.healthyBefore) + 1);
	if (seen.losesData) {
		expect(recovery.rpaSeconds).toBeGreaterThanOrEqual(seconds(backedUp.to, seen.began) - 1);
		expect(recovery.rpaSeconds).toBeLessThanOrEqual(seconds(backedUp.from, seen.began) + 1);
	} else {
		expect(recovery.rpaSeconds).toBeUndefined();
	}
}

test(
	'corrupted data: from the incident to the closing record, n8n killed while it waits, and pressed twice',
	async () => {
		const { mail, netlify, platform } = stage;
		const versions = await published();
		const began = Date.now();
		await withClient(stage.database, async (client) => {
			await client.query(`update bookings set name = 'nobody'; delete from bookings where id > 99`);
		});
		const admin = stage.redis.admin();
		await admin.del('one');
		admin.disconnect();
		const id = await start({
			...{ type: 'data', hit: 'bookings', who: 'DevOps', began: new Date(began).toISOString() },
		});
		const [question] = await asked(0);
		expect(mail.mails.map(({ subject, to }) => [subject.replace(/ \S*-\d{6}/, ''), to])).toEqual([
			['[Mister DJ] Incident: gegevens beschadigd', ['ops@mr-dj.nl', TECH_LEAD]],
			['[Mister DJ] Storing, herstel is begonnen', ['support@rentguy.app']],
			['[Mister DJ] Goedkeuring gevraagd: herstel', [TECH_LEAD, 'ops@mr-dj.nl']],
		]);
		expect(netlify.site.published()).toMatchObject({ id: page, locked: true });
		expect(await published()).toEqual([null, null]);
		await killAndRestart(id);

		const link = approvalLink(question!, stage.n8n.url);
		const forged = link.replace(/signature=./, (found) =>
			found.endsWith('0') ? 'signature=1' : 'signature=0',
		);
		expect((await openApproval(forged)).status).toBe(401);
		expect(await answerApproval(link, { ...APPROVED, who: 'Tech lead', target: 'mr-dj' })).toBe(
			200,
		);
		const form = await eventually(async () => {
			const opened = await openApproval(link);
			expect(opened.text).toContain('de getypte naam is niet die van het doel');
			return opened;
		}, 60_000);
		const answer = { ...form.values, ...APPROVED, who: 'Tech lead' };
		const pressed = await Promise.all([pressButton(link, answer), pressButton(link, answer)]);
		expect(pressed).toContain(200);
		const finished = resultOf(id);
		const restoredBy = await eventually(async () => {
			expect(await content()).toEqual(before);
			return Date.now();
		}, LIMIT_MS);
		const result = await finished;
		const over = Date.now();
		expect((await openApproval(link)).text).toContain('Your response has been recorded');
		expect(await pressButton(link, answer)).not.toBe(500);

		expect(result).toMatchObject({
			...{ outcome: 'done', doByHand: '' },
			restoredBackups: [{}, {}],
		});
		expect(await content()).toEqual(before);
		expect(netlify.site.published()).toMatchObject({ id: live, locked: false });
		expect(await published()).toEqual(versions);
		expect([platform.bookings.stored, platform.bookings.unstored]).toEqual([[], []]);
		await expectMeasured(String(result['incident']), {
			...{ began, healthyAfter: restoredBy, healthyBefore: over, losesData: true },
		});
		const { history } = await findIncident(stage.repository, String(result['incident']));
		expect(history?.incident.who).toContain('Tech lead');
		expect(mail.mails.at(-1)).toMatchObject({
			subject: `[Mister DJ] Hersteld: ${String(result['incident'])}`,
		});
	},
	LIMIT_MS,
);

test(
	'infrastructure down: the backend, then the lost database alone, approved by two persons',
	async () => {
		const { platform, sshServer } = stage;
		await changeSettings(stage.n8n.client, { 'approval.persons': 2 });
		const kept = stage.redis.admin();
		await kept.set('since', 'the backup');
		const began = Date.now();
		await platform.goDown();
		const admin = await stage.postgres.admin();
		await admin.query('drop database mrdj_db with (force)');
		await admin.end();
		const known = stage.mail.mails.length;
		const id = await start({
			...{ type: 'infrastructure', who: 'DevOps', incident: 'nieuw' },
			began: new Date(began).toISOString(),
		});

		const questions = await asked(known, 2);
		expect(questions.map(({ to }) => to)).toEqual([[TECH_LEAD], ['ops@mr-dj.nl']]);
		const first = { ...APPROVED, code: approvalCode(questions[1]!) };
		const commands = sshServer.commands.length;
		expect(await answerApproval(approvalLink(questions[1]!, stage.n8n.url), first)).toBe(200);
		const [, , second] = await asked(known, 3);
		expect(second?.to).toEqual([TECH_LEAD]);
		const link = approvalLink(second!, stage.n8n.url);
		// The first one cannot answer for the second, whatever name is given.
		expect(await answerApproval(link, { ...first, who: 'Tech lead' })).toBe(200);
		await eventually(async () => {
			expect((await openApproval(link)).text).toContain('hoort bij geen van de gevraagde');
		}, 60_000);
		expect(sshServer.commands).toHaveLength(commands);
		expect(await answerApproval(link, { ...APPROVED, code: approvalCode(second!) })).toBe(200);
		await changeSettings(stage.n8n.client, { 'approval.persons': 1 });

		const finished = resultOf(id);
		await eventually(async () => await access(inFolder('deploying')), 60_000);
		await platform.comeBack();
		await writeFile(inFolder('deployed'), '');
		const restoredBy = await eventually(async () => {
			expect((await content()).rows).toEqual(before.rows);
			return Date.now();
		}, LIMIT_MS);
		const result = await finished;
		expect(result).toMatchObject({ outcome: 'done', restoredBackups: [{ component: 'postgres' }] });
		expect(await kept.get('since')).toBe('the backup');
		await kept.del('since');
		kept.disconnect();
		await expectMeasured(String(result['incident']), {
			...{ began, healthyAfter: restoredBy, healthyBefore: Date.now(), losesData: true },
		});
	},
	LIMIT_MS,
);

test(
	'a failing integration: the queue is flushed, and nobody has to approve that',
	async () => {
		const { platform, mail } = stage;
		await platform.addJobs(120);
		const began = Date.now();
		const known = mail.mails.length;
		const id = await start({
			...{ type: 'integration', who: 'DevOps', kind: 'drill' },
			began: new Date(began).toISOString(),
		});
		const delivered = await eventually(() => {
			expect(platform.rentGuy.taken.length).toBeGreaterThanOrEqual(120);
			return Date.now();
		}, LIMIT_MS);
		const result = await resultOf(id);
		expect(result).toMatchObject({ outcome: 'done', restoredBackups: [] });
		expect(result['incident']).toMatch(/^drill-/);
		expect(await platform.status()).toMatchObject({ queueSize: 0 });
		const told = mail.mails.slice(known);
		const drill = told.filter(({ subject }) => subject.startsWith('[OEFENING] [Mister DJ] '));
		expect(drill.map(({ subject }) => subject.split(' ')[3])).toEqual(['Incident', 'Hersteld:']);
		// A drill alarms nobody outside.
		expect(told.flatMap(({ to }) => to)).not.toContain('support@rentguy.app');
		await expectMeasured(String(result['incident']), {
			...{ began, healthyAfter: delivered, healthyBefore: Date.now(), losesData: false },
		});
	},
	LIMIT_MS,
);

test(
	'refused, then not answered in time while n8n was down: nothing is restored, and the same incident goes on',
	async () => {
		const { netlify, mail } = stage;
		const untouched = await content();
		const known = mail.mails.length;
		const first = await start({ type: 'data', who: 'DevOps', incident: 'nieuw' });
		const [question] = await asked(known);
		const refusal = { who: 'Tech lead', decision: 'Weigeren', remark: 'Eerst kijken' };
		expect(await answerApproval(approvalLink(question!, stage.n8n.url), refusal)).toBe(200);
		const refused = await resultOf(first, 'Hand on that nothing is restored');
		const incident = String(refused['incident']);
		expect(refused).toMatchObject({
			outcome: 'skipped',
			says: expect.stringMatching(
				/^Geweigerd door Tech lead\. Eerst kijken .+ Dat blijft zo\.$/,
			) as unknown,
			doByHand: expect.stringContaining(incident) as unknown,
		});

		await changeSettings(stage.n8n.client, { 'approval.limitMinutes': 0.05 });
		const before = mail.mails.length;
		const second = await start({});
		const [again] = await asked(before);
		await killAndRestart(second);
		const expired = await resultOf(second, 'Hand on that nothing is restored');
		expect(expired).toMatchObject({ outcome: 'skipped', incident });
		expect(expired['says']).toMatch(/^Niet op tijd goedgekeurd/);
		const late = { ...APPROVED, who: 'Tech lead' };
		await pressButton(approvalLink(again!, stage.n8n.url), late);

		// Told once, asked twice; the page and the pause are as they were.
		const subjects = mail.mails.slice(known).map(({ subject }) => subject);
		expect(subjects.filter((one) => one.includes('Storing'))).toHaveLength(1);
		expect(netlify.site.published()).toMatchObject({ id: page, locked: true });
		expect(await published()).toEqual([null, null]);
		expect(await content()).toEqual(untouched);
		const { history } = await findIncident(stage.repository, incident);
		expect(history?.recovery.running).toBe(true);
	},
	LIMIT_MS,
);
