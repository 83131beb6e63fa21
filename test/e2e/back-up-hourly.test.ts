import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { failureOf, outputOf, type Execution } from '../support/n8n/n8n-client';
import { type Relay, startRelay } from '../support/relay';
import { setValues } from '../support/settings-with';
import { postgresCredential, redisCredential } from '../support/stage/credentials';
import { withClient } from '../support/stage/owned-database';
import { nextRunOf, runOnSchedule, runsOf } from '../support/stage/scheduled-run';
import { nodeOf, shippedWorkflow } from '../support/stage/shipped-workflow';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;
const LIMIT_MS = 120_000;
const ID = 'drBackUpHourly';
const REPORT = 'drReportFailure';

/** A dependency that a run reaches through a relay, so that it can be taken away. */
type Dependency = 'postgres' | 'redis' | 'queue';

let stage: Stage;
let down: Dependency | undefined;
const relays: Relay[] = [];
let deadMansSwitch: Server;
const pings: string[] = [];

beforeAll(async () => {
	stage = await setStage();
	const { database, redis, platformRedis, n8n } = stage;
	await withClient(database, async (client) => {
		await client.query('create table bookings as select generate_series(1, 300) as id');
	});
	const admin = redis.admin();
	await admin.set('booking', 'three hundred');
	admin.disconnect();
	await stage.platform.addJobs(3);

	deadMansSwitch = createServer(({ method, url }, response) => {
		pings.push(`${method} ${url}`);
		response.end('OK');
	}).listen(0, '127.0.0.1');
	await once(deadMansSwitch, 'listening');

	const [postgresPort, redisPort, queuePort] = [
		await relayTo('postgres', database),
		await relayTo('redis', redis),
		await relayTo('queue', platformRedis),
	];
	const queue = redisCredential({ ...platformRedis, port: queuePort });
	await n8n.importCredentials([
		postgresCredential({ ...database, port: postgresPort }),
		redisCredential({ ...redis, port: redisPort }),
		{ ...queue, id: 'rentGuyQueue', name: 'RentGuy queue' },
	]);

	const { port } = deadMansSwitch.address() as AddressInfo;
	const settings = await shippedWorkflow('settings.json');
	setValues(settings, {
		'deadMansSwitch.hourly': `http://127.0.0.1:${port}/hourly`,
	});
	const hourly = await shippedWorkflow('back-up-hourly.json');
	nodeOf(hourly, 'Every thirty minutes').parameters = {
		rule: { interval: [{ field: 'seconds', secondsInterval: 5 }] },
	};
	nodeOf(hourly, 'Export and read back the queue').credentials!['drRedisServerApi'] = {
		...{ id: 'rentGuyQueue', name: 'RentGuy queue' },
	};
	await n8n.importWorkflows([settings, hourly]);
	await n8n.client.publish('drSettings');
}, START_LIMIT_MS);

afterAll(async () => {
	await Promise.all(relays.map(async (relay) => await relay.close()));
	deadMansSwitch?.close();
	await stage?.clear();
});

afterEach(() => {
	down = undefined;
	stage.s3.faults.clear();
	stage.mail.comeBack();
	stage.slack.comeBack();
});

async function relayTo(name: Dependency, target: { host: string; port: number }): Promise<number> {
	const relay = await startRelay(target, () => (down === name ? 'cut' : 'pass'));
	relays.push(relay);
	return relay.port;
}

async function runHourly(): Promise<Execution> {
	pings.length = 0;
	return await runOnSchedule(stage.n8n.client, ID);
}

/** As `runHourly`, with the run of the error workflow that it leads to, and what people are told. */
async function runAndReport(): Promise<{ run: Execution; report: Execution; alerts: string[] }> {
	const { client } = stage.n8n;
	const { mail, slack } = stage;
	const known = await runsOf(client, REPORT);
	const [mails, messages] = [mail.mails.length, slack.messages.length];
	const run = await runHourly();
	const report = await nextRunOf(client, REPORT, known);
	return {
		...{ run, report },
		alerts: [
			...mail.mails.slice(mails).map(({ subject, text }) => `mail: ${subject}\n${text}`),
			...slack.messages.slice(messages).map(({ text }) => `slack: ${text}`),
		],
	};
}

function expectNoSecretsIn(...parts: unknown[]): void {
	const text = JSON.stringify(parts);
	const { database, redis, platformRedis, mail, slack, s3 } = stage;
	const secrets = [database.password, redis.password, platformRedis.password, mail.password];
	for (const secret of [...secrets, slack.token, s3.secretAccessKey]) {
		expect(text.includes(secret)).toBe(false);
	}
}

test(
	'the schedule makes all backups, proves them, tells the switch and nobody else',
	async () => {
		const run = await runHourly();
		if (run.status !== 'success') throw new Error(failureOf(run));
		const [summary, ...others] = outputOf(run, 'Summarise the run');
		expect(others).toEqual([]);
		expect(summary).toMatchObject({
			...{ succeeded: true, made: ['Postgres', 'Redis', 'RentGuy-wachtrij'], failed: [] },
			backups: [
				{ component: 'Postgres', outcome: 'made', verified: 'restored' },
				{ component: 'Redis', outcome: 'made', verified: 'readable' },
				{ component: 'RentGuy-wachtrij', outcome: 'made', verified: 'readable' },
			],
		});
		const { backups } = summary as { backups: { recoveryPointMinutes: number }[] };
		for (const { recoveryPointMinutes } of backups) expect(recoveryPointMinutes).toBeLessThan(60);
		expect(outputOf(run, 'Export and read back the queue')).toMatchObject([{ jobs: 3 }]);
		expect(pings).toEqual(['POST /hourly/start', 'POST /hourly']);
		expect([stage.mail.mails, stage.slack.messages]).toEqual([[], []]);
		expectNoSecretsIn(run);
	},
	LIMIT_MS,
);

test(
	'without Postgres the others are made, and people are told by mail and in Slack',
	async () => {
		down = 'postgres';
		const { run, report, alerts } = await runAndReport();
		expect(run).toMatchObject({ status: 'error', mode: 'trigger' });
		expect(outputOf(run, 'Summarise the run')).toMatchObject([
			{
				made: ['Redis', 'RentGuy-wachtrij'],
				failed: [expect.stringMatching(/^Postgres \(.+\)$/)],
			},
		]);
		expect(pings).toEqual(['POST /hourly/start', 'POST /hourly/fail']);
		expect(report.status).toBe('success');
		expect(alerts).toHaveLength(2);
		for (const alert of alerts) {
			expect(alert).toContain('[Mister DJ] Mislukt: Back up hourly');
			expect(alert).toMatch(/Niet gemaakt of niet goedgekeurd: Postgres \(.+\)\. Wel gemaakt/);
			expect(alert).toContain('Wel gemaakt en gelezen: Redis, RentGuy-wachtrij.');
			expect(alert).toContain(`/workflow/${ID}/executions/${run.id}`);
			expect(alert).toContain('ops@mr-dj.nl');
			expect(alert).toMatch(/Eerst doen: Open de uitvoering/);
		}
		expect(stage.mail.mails.at(-1)).toMatchObject({
			...{ from: 'ops@mr-dj.nl', to: ['ops@mr-dj.nl', 'techlead@mr-dj.nl'] },
		});
		expect([stage.slack.refused, stage.strayCalls]).toEqual([[], []]);
		expectNoSecretsIn(run, report, alerts);
	},
	LIMIT_MS,
);

test(
	'without Redis and the mail server Slack alone tells of it; Postgres is only read back by now',
	async () => {
		down = 'redis';
		stage.mail.goDown();
		const { run, report, alerts } = await runAndReport();
		expect(outputOf(run, 'Summarise the run')).toMatchObject([
			{
				made: ['Postgres', 'RentGuy-wachtrij'],
				failed: [expect.stringMatching(/^Redis \(.+\)$/)],
				backups: [{ verified: 'readable' }, { outcome: 'failed', verified: 'no' }, {}],
			},
		]);
		expect(alerts).toEqual([expect.stringMatching(/^slack: [^]*goedgekeurd: Redis \(/)]);
		expect(report.status).toBe('success');
		expect(outputOf(report, 'Summarise the alert')).toMatchObject([
			{
				...{ mail: 'failed', slack: 'sent' },
				reasons: [expect.stringMatching(/^Mail: .*No space left/)],
			},
		]);
		expectNoSecretsIn(run, report, alerts);
	},
	LIMIT_MS,
);

test(
	'without the queue and Slack a mail alone tells of it',
	async () => {
		down = 'queue';
		stage.slack.goDown();
		const { run, report, alerts } = await runAndReport();
		expect(outputOf(run, 'Summarise the run')).toMatchObject([
			{
				made: ['Postgres', 'Redis'],
				failed: [expect.stringMatching(/^RentGuy-wachtrij \(.+\)$/)],
			},
		]);
		expect(alerts).toEqual([expect.stringMatching(/^mail: [^]*goedgekeurd: RentGuy-wachtrij \(/)]);
		expect(report.status).toBe('success');
		expect(outputOf(report, 'Summarise the alert')).toMatchObject([
			{ mail: 'sent', slack: 'failed', reasons: [expect.stringMatching(/^Slack: /)] },
		]);
		expectNoSecretsIn(run, report, alerts);
	},
	LIMIT_MS,
);

test(
	'without S3 each part says that its other copy is there; when nobody can be told, that run fails',
	async () => {
		stage.s3.faults.add({ effect: { kind: 'status', status: 403, code: 'AccessDenied' } });
		stage.mail.goDown();
		stage.slack.goDown();
		const { run, report, alerts } = await runAndReport();
		const [summary] = outputOf(run, 'Summarise the run');
		expect(summary).toMatchObject({ made: [] });
		for (const reason of summary?.['failed'] as string[]) {
			expect(reason).toMatch(/is stored in .+, but not everywhere/);
		}
		expect(summary?.['failed']).toHaveLength(3);
		expect(failureOf(run)).toContain('Wel gemaakt en gelezen: geen.');
		expect(alerts).toEqual([]);
		expect(report.status).toBe('error');
		expect(failureOf(report)).toMatch(
			/^Nobody was told of .*Back up hourly.* Mail: .*No space left.*; Slack: /,
		);
		// And that is the end of it: what reports has nobody to report to.
		expect((await runsOf(stage.n8n.client, REPORT))[0]).toBe(report.id);
		expectNoSecretsIn(run, report);
	},
	LIMIT_MS,
);
