import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { ICredentialDataDecryptedObject, IDataObject } from 'n8n-workflow';

import { openRepository } from '../../core/repository/repository';
import { readRepositorySettings } from '../../nodes/shared/credentials';
import {
	DATABASE,
	damage,
	databasesOf,
	holdOnly,
	keysOf,
	makeVerifiedBackups,
	postgresLogin,
	redisLogin,
} from '../support/drill-site';
import { createEngine } from '../support/engine-harness';
import { freePort } from '../support/free-port';
import { type Platform, startPlatform } from '../support/platform';
import { createDatabase } from '../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../support/postgres-server';
import { type RunningRedis, startRedis } from '../support/redis-server';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const { 'drill-staging-quarterly': shipped, 'tell-people': tellPeople } =
	shippedWorkflows() as Record<'drill-staging-quarterly' | 'tell-people', ShippedWorkflow>;

const WORKSPACE = 'ws-staging';
const TARGETS = {
	'staging.postgresHost': '127.0.0.1',
	'staging.redisHost': '127.0.0.1',
	'staging.rentGuyWorkspace': WORKSPACE,
};

interface Site {
	postgres: RunningPostgres;
	redis: RunningRedis;
	platform: Platform;
}

let folder: string;
/** Verified backups of the production, made once; every test works on a copy. */
let made: string;
let directory: string;
let key: { identities: string; recipients: string };
let production: Site;
/** Its Redis holds nothing. */
let staging: Site;
/** Where both platforms keep their queues. */
let queues: RunningRedis;
let ids: { postgres: string; redis: string };
/** A port at which nothing answers. */
let nobody: number;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'dr-drill-staging-'));
	made = join(folder, 'made');
	nobody = await freePort();
	const identity = await generateX25519Identity();
	key = { identities: identity, recipients: await identityToRecipient(identity) };
	queues = await startRedis();
	const site = async (keyPrefix: string): Promise<Site> => ({
		...{ postgres: await startPostgres(), redis: await startRedis() },
		platform: await startPlatform({
			...{ redis: queues, keyPrefix },
			flushAllowance: { calls: 1000, windowMs: 60_000 },
		}),
	});
	production = await site('bull:mrdj');
	staging = await site('bull:staging');
	staging.platform.switches.workspaceId = WORKSPACE;
	await createDatabase(
		production.postgres,
		DATABASE,
		'create table bookings as select generate_series(1, 300) as id',
	);
	await holdOnly(production.redis, 'one', 'and');
	const repository = openRepository(readRepositorySettings(repositoryAt(made) as never));
	ids = await makeVerifiedBackups(repository, production);
}, 120_000);

afterAll(async () => {
	for (const site of [production, staging]) {
		await site?.platform.stop();
		await site?.postgres.stop();
		await site?.redis.stop();
	}
	await queues?.stop();
	await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
	await holdOnly(staging.redis);
	directory = await mkdtemp(join(folder, 'copy-'));
	await cp(made, directory, { recursive: true });
	for (const { platform } of [production, staging]) platform.requests.length = 0;
});

/** Production is only asked who it is; staging is empty again, however it went. */
afterEach(async () => {
	expect(production.platform.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
	expect(await databasesOf(production.postgres)).toEqual(['mrdj_db', 'postgres']);
	expect(await keysOf(production.redis)).toEqual(['and', 'one']);
	expect(await databasesOf(staging.postgres)).toEqual(['postgres']);
	expect(await keysOf(staging.redis)).toEqual([]);
});

const repositoryAt = (path: string) => ({
	...{ storage: 'directory', directory: path, encryption: 'keyPair', ...key },
});
const dashboardLogin = ({ baseUrl, user, password }: Platform) => ({
	...{ baseUrl, user, password, tls: 'verify-full' },
});

interface Options {
	/** Other values in the settings. */
	values?: SettingsValues;
	/** Other credentials, by their names. */
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	/** Other parameters of nodes, by their names. */
	parameters?: Readonly<Record<string, object>>;
	/** Nodes that somebody has deactivated. */
	off?: readonly string[];
	/** Whether neither mail nor Slack can be reached. */
	nobodyTold?: boolean;
}

async function run({ values, credentials, parameters = {}, off = [], nobodyTold }: Options = {}) {
	const told: Record<string, IDataObject> = {};
	const engine = await createEngine({
		library: {
			drSettings: settingsWith({ ...TARGETS, ...values }),
			drTellPeople: withoutRetries(tellPeople),
		},
		credentials: {
			'Backup repository': repositoryAt(directory),
			'Postgres server': postgresLogin(production.postgres),
			'Redis server': redisLogin(production.redis),
			'RentGuy dashboard': dashboardLogin(production.platform),
			'Postgres (staging)': postgresLogin(staging.postgres),
			'Redis (staging)': redisLogin(staging.redis),
			'RentGuy dashboard (staging)': dashboardLogin(staging.platform),
			...credentials,
		},
		outside: (node, asked) => {
			if (nobodyTold) throw new Error(`No way out by "${node}"`);
			told[node] = asked;
			return node === 'Send a mail' ? { messageId: '<1@example>' } : { ok: true };
		},
	});
	const workflow = withoutRetries(shipped);
	for (const node of workflow.nodes) {
		Object.assign(node.parameters, parameters[node.name]);
		if (off.includes(node.name)) node.disabled = true;
	}
	const { status, error, output } = await engine.run(workflow);
	const itemOf = (node: string) => output(node)[0]?.[0];
	return {
		...{ status, error: error?.message, mail: told['Send a mail'] },
		summary: itemOf('Summarise the drill')?.json as IDataObject,
		recorded: itemOf('Record the drill')?.json as IDataObject,
		report: itemOf('Write the report'),
	};
}

const WORDS = {
	postgres:
		/^Postgres: teruggezet en vergeleken in [\d.]+ s \(1 tabellen, 300 rijen\)\. Back-up mrdj_db-\d{14}, [\d.]+ minuten oud\.$/,
	redis: /^Redis: teruggezet en vergeleken in [\d.]+ s \(2 sleutels\)\. Back-up .+ oud\.$/,
	rentGuy:
		/^RentGuy-wachtrij: gesynchroniseerd in [\d.]+ s \(\d+ van \d+ bezorgd, 0 over\)\.(\n {2}Let op: Nothing was pending before the flush\.)?$/,
};
const like = (patterns: readonly RegExp[]) =>
	patterns.map((pattern) => expect.stringMatching(pattern) as unknown);

test('restores on staging, synchronises, and records and tells the times', async () => {
	const jobs = await staging.platform.addJobs(3);
	const taken = staging.platform.rentGuy.taken.length;
	const from = Date.now();
	const { status, error, summary, recorded, report, mail } = await run();
	const seconds = (Date.now() - from) / 1000;
	expect(error).toBeUndefined();
	expect(status).toBe('success');
	expect(summary).toMatchObject({
		...{ outcome: 'succeeded', failed: [], skipped: [], lines: like(Object.values(WORDS)) },
		...{ passed: ['Postgres', 'Redis', 'RentGuy-wachtrij'] },
		restoredBackups: [ids.postgres, ids.redis],
	});
	expect(staging.platform.rentGuy.taken.slice(taken).sort()).toEqual(jobs.sort());

	const { impactStart, restoreStarted, dataRestored, serviceHealthy } = recorded[
		'instants'
	] as Record<string, string>;
	const times = [impactStart, restoreStarted, dataRestored, serviceHealthy];
	expect(times.map((time) => Date.parse(time!))).toEqual(
		times.map((time) => Date.parse(time!)).sort((a, b) => a - b),
	);
	expect(Date.parse(impactStart!)).toBeGreaterThanOrEqual(from);
	const { rtaSeconds, rpaSeconds } = recorded as { rtaSeconds: number; rpaSeconds: number };
	expect(rtaSeconds).toBeGreaterThan(0);
	expect(rtaSeconds).toBeLessThanOrEqual(seconds);
	const points = (recorded['restoredBackups'] as { consistencyPoint: string }[]).map((one) =>
		Date.parse(one.consistencyPoint),
	);
	expect(points).toHaveLength(2);
	expect(rpaSeconds).toBeCloseTo((Date.parse(impactStart!) - Math.min(...points)) / 1000, 3);
	expect(recorded).toMatchObject({
		...{ kind: 'drill', outcome: 'succeeded', title: 'Kwartaaloefening: dry-run op staging' },
		...{ running: false, warnings: [] },
	});

	expect(report?.json).toMatchObject({
		exercises: [{ planParagraph: '§5', rtoMet: true, rpoMet: true }],
	});
	expect(report?.json['nextSteps']).not.toContainEqual(expect.stringMatching(/^Hold a drill/));
	expect(mail).toMatchObject({
		...{ subject: '[Mister DJ] Oefening op staging geslaagd' },
		...{ options: { fileAttachments: 'report' } },
		toEmail: 'ops@mr-dj.nl, techlead@mr-dj.nl, QA lead <qa@mr-dj.nl>',
		text: expect.stringMatching(
			/^Oefening van .+\n\nPostgres: .+\nRedis: .+\nRentGuy.+\n\nHersteltijd \(RTA\): [\d.]+ minuten, doel 240: gehaald\nGegevensverlies \(RPA\): [\d.]+ minuten, doel 60: gehaald\n\nHet rapport/,
		) as unknown,
	});
});

describe('a part that fails', () => {
	const failing = async (index: number, reason: RegExp) => {
		const { status, error, summary, recorded, mail } = await run();
		const words = Object.values(WORDS);
		words[index] = new RegExp(`: MISLUKT\\. ${reason.source}`);
		expect(summary).toMatchObject({ outcome: 'partly', lines: like(words) });
		expect(summary['passed']).toHaveLength(2);
		expect(status).toBe('error');
		expect(error).toMatch(/^Niet geslaagd in de oefening: \S+ \(.+\)\. Wel geslaagd: .+, .+\.$/);
		expect(recorded).toMatchObject({ kind: 'drill', outcome: 'partly' });
		expect(recorded).not.toHaveProperty('rtaSeconds');
		expect(mail).toMatchObject({
			subject: '[Mister DJ] Oefening op staging mislukt',
			text: expect.stringContaining('Hersteltijd (RTA): niet gemeten') as unknown,
		});
		return recorded['instants'] as Record<string, string>;
	};

	test('a damaged backup of Postgres', async () => {
		await damage(directory, ids.postgres);
		const instants = await failing(0, new RegExp(`The backup ${ids.postgres} did not pass`));
		expect(instants).not.toHaveProperty('dataRestored');
	});

	test('a damaged backup of Redis', async () => {
		await damage(directory, ids.redis);
		const instants = await failing(1, new RegExp(`The backup ${ids.redis} did not pass`));
		expect(instants).not.toHaveProperty('dataRestored');
	});

	test('a queue that does not get through', async () => {
		await staging.platform.addJobs(1);
		await staging.platform.pauseQueue();
		const instants = await failing(2, /.*paused/);
		await staging.platform.resumeQueue();
		expect(instants).toHaveProperty('dataRestored');
		expect(instants).not.toHaveProperty('serviceHealthy');
	});

	/** A part on its own: the others are left empty in the settings. */
	const alone = async (name: keyof typeof TARGETS, { values, ...options }: Options = {}) => {
		const others = Object.keys(TARGETS).filter((one) => one !== name);
		const nothing = Object.fromEntries(others.map((one) => [one, '']));
		const { status, summary, recorded } = await run({
			...options,
			values: { ...nothing, ...values },
		});
		expect(status).toBe('error');
		expect(recorded).toMatchObject({ outcome: 'failed' });
		expect(summary['passed']).toEqual([]);
		expect(summary['skipped']).toHaveLength(2);
		return (summary['failed'] as string[]).join();
	};

	test('a Redis that somebody uses, and keeps what it holds', async () => {
		await holdOnly(staging.redis, 'somebody');
		expect(await alone('staging.redisHost')).toContain('The scratch server is not empty');
		expect(await keysOf(staging.redis)).toEqual(['somebody']);
		await holdOnly(staging.redis);
	});

	test('a server of staging that does not answer', async () => {
		const gone = { ...postgresLogin(staging.postgres), port: nobody };
		const credentials = { 'Postgres (staging)': gone };
		expect(await alone('staging.postgresHost', { credentials })).toContain(`127.0.0.1:${nobody}`);
	});

	test('a server of production that cannot be told apart', async () => {
		const gone = { ...redisLogin(production.redis), port: nobody };
		const credentials = { 'Redis server': gone };
		expect(await alone('staging.redisHost', { credentials })).toMatch(
			/niet vast te stellen dat dit niet de productie is: .+127\.0\.0\.1/,
		);
	});

	test.each([
		['staging.postgresHost', '127.0.0.1'],
		['staging.redisHost', '127.0.0.1'],
		['staging.rentGuyWorkspace', WORKSPACE],
	] as const)('another target than %s', async (name, found) => {
		expect(await alone(name, { values: { [name]: 'another' } })).toContain(
			`de credential leidt naar ${found}, in Settings staat another`,
		);
	});

	test('a credential that is another one in the step than where the server was asked', async () => {
		const other = { testOptions: { onlyServer: 'another' } };
		const parameters = {
			'Restore Postgres on staging': other,
			'Restore Redis on staging': other,
			'Flush RentGuy on staging': { options: { onlyWorkspace: 'another' } },
		};
		const { summary } = await run({ parameters });
		expect(summary).toMatchObject({
			passed: [],
			failed: [
				expect.stringContaining('is not the one that was meant. Nothing was changed'),
				expect.stringContaining('is not the one that was meant. Nothing was changed'),
				expect.stringContaining(`workspace ${WORKSPACE}, and not into another. Nothing was`),
			],
		});
	});
});

describe('a target that is the production', () => {
	test.each<[what: string, credentials: () => Options['credentials']]>([
		[
			'Postgres',
			() => ({
				'Postgres (staging)': { ...postgresLogin(production.postgres), host: 'localhost' },
			}),
		],
		[
			'Redis',
			() => ({ 'Redis (staging)': { ...redisLogin(production.redis), host: 'localhost' } }),
		],
		[
			'RentGuy-wachtrij',
			() => ({ 'RentGuy dashboard (staging)': dashboardLogin(production.platform) }),
		],
	])('is refused before anything is touched: %s', async (what, credentials) => {
		const { status, error, summary, recorded, mail } = await run({ credentials: credentials() });
		expect(status).toBe('error');
		expect(error).toMatch(
			new RegExp(`^Geweigerd, er is niets aangeraakt: ${what} van deze oefening is die`),
		);
		expect([summary, recorded, mail]).toEqual([undefined, undefined, undefined]);
		expect(staging.platform.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
		expect((await readdir(directory)).sort()).toEqual(['postgres', 'redis']);
	});

	test('is seen in a workspace that staging shares with it', async () => {
		staging.platform.switches.workspaceId = 'ws-1';
		const { error } = await run();
		staging.platform.switches.workspaceId = WORKSPACE;
		expect(error).toMatch(/^Geweigerd, er is niets aangeraakt: RentGuy-wachtrij/);
	});

	test('is refused where the node that asks staging was deactivated', async () => {
		const { error } = await run({ off: ['Ask staging Redis'] });
		expect(error).toMatch(/^Geweigerd, er is niets aangeraakt: Redis/);
	});

	test('cannot be ruled out where the node that asks production was deactivated', async () => {
		const asking = ['Postgres', 'Redis', 'RentGuy'].map((part) => `Ask production ${part}`);
		const { summary, error } = await run({ off: asking });
		expect(summary['failed']).toEqual(
			['Postgres', 'Redis', 'RentGuy-wachtrij'].map(
				(part) => `${part} (niet vast te stellen dat dit niet de productie is: staat uit)`,
			),
		);
		expect(error).toMatch(/Wel geslaagd: geen\.$/);
	});
});

test('what the settings leave empty is skipped, and said', async () => {
	const { status, summary, recorded, mail } = await run({
		values: { 'staging.redisHost': '', 'staging.rentGuyWorkspace': '' },
	});
	expect(status).toBe('success');
	expect(summary).toMatchObject({
		...{ outcome: 'succeeded', passed: ['Postgres'], skipped: ['Redis', 'RentGuy-wachtrij'] },
		lines: [
			expect.stringMatching(WORDS.postgres),
			'Redis: overgeslagen (staging.redisHost is leeg in Settings).',
			'RentGuy-wachtrij: overgeslagen (staging.rentGuyWorkspace is leeg in Settings).',
		],
	});
	// No service was looked at, so none is called healthy.
	expect(recorded['instants']).not.toHaveProperty('serviceHealthy');
	expect(mail?.['text']).toContain('Hersteltijd (RTA): niet gemeten');
});

test('a drill of nothing does not pass, and does not count as one', async () => {
	const nothing = Object.fromEntries(Object.keys(TARGETS).map((name) => [name, '']));
	const { status, error, recorded, report, mail } = await run({ values: nothing });
	expect(status).toBe('error');
	expect(error).toContain('niets getest: alle onderdelen staan uit');
	expect(recorded).toMatchObject({ outcome: 'aborted' });
	expect(report?.json['nextSteps']).toContainEqual(expect.stringMatching(/^Hold a drill/));
	expect(mail?.['subject']).toBe('[Mister DJ] Oefening op staging overgeslagen');
});

test('a target that was missed fails the run, and people hear of it', async () => {
	const { error, recorded, mail } = await run({
		values: { 'objectives.recoveryPointMinutes': 0.001 },
	});
	expect(recorded).toMatchObject({ outcome: 'succeeded' });
	expect(mail).toMatchObject({
		subject: '[Mister DJ] Oefening op staging geslaagd, doel niet gehaald',
		text: expect.stringMatching(/RPA\): [\d.]+ minuten, doel 0\.001: niet gehaald\n/) as unknown,
	});
	expect(error).toMatch(
		/oefening: gegevensverlies \([\d.]+ minuten, doel 0\.001: niet gehaald\)\./,
	);
});

test('what could not be recorded, reported or told fails the run too', async () => {
	const { summary, error } = await run({
		nobodyTold: true,
		parameters: {
			'Record the drill': { instants: { restoreStarted: 'yesterday' } },
			'Write the report': { options: { timeZone: 'Moon/Crater' } },
		},
	});
	expect(summary).toMatchObject({ outcome: 'succeeded' });
	expect(error).toMatch(
		/oefening: vastlegging \(.+\); rapport \(.*Moon\/Crater.*\); bericht \(.+No way out by .+\)\. Wel geslaagd: Postgres, Redis, RentGuy-wachtrij\.$/,
	);
});
