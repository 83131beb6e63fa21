import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
import { type Platform, startPlatform } from '../support/platform';
import { createDatabase, withAdmin } from '../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../support/postgres-server';
import { type RunningRedis, startRedis } from '../support/redis-server';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { type SshServer, startSshServer } from '../support/ssh-server';
import { runCommand } from '../support/ssh-server/run-command';
import { withoutRetries } from '../support/without-retries';
import type { ShippedWorkflow } from '../support/workflow-lint/rule';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const all = shippedWorkflows();
const shipped = all['test-failover-half-yearly'] as ShippedWorkflow;
const restoreClone = all['restore-clone-backend'] as ShippedWorkflow;

const ASK = 'cat /proc/sys/kernel/random/boot_id';
const BOOTED = 'a-start-of-its-own';

interface Site {
	postgres: RunningPostgres;
	redis: RunningRedis;
	machine: SshServer;
}

let folder: string;
/** Verified backups of the production, made once; every test works on a copy. */
let made: string;
let directory: string;
let key: { identities: string; recipients: string };
let production: Site;
let clone: Site;
/** The backend of the clone. */
let platform: Platform;
let queues: RunningRedis;
let ids: { postgres: string; redis: string };

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'dr-failover-'));
	made = join(folder, 'made');
	const identity = await generateX25519Identity();
	key = { identities: identity, recipients: await identityToRecipient(identity) };
	queues = await startRedis();
	platform = await startPlatform({ redis: queues });
	const postgres = await startPostgres();
	await createDatabase(
		postgres,
		DATABASE,
		'create table bookings as select generate_series(1, 300) as id',
	);
	production = { postgres, redis: await startRedis(), machine: await startSshServer() };
	await holdOnly(production.redis, 'one', 'and');
	const repository = openRepository(readRepositorySettings(repositoryAt(made) as never));
	ids = await makeVerifiedBackups(repository, production);
	clone = {
		// Of the same disk, as a clone is, and then a server of its own.
		postgres: await startPostgres({ primary: postgres }),
		...{ redis: await startRedis(), machine: await startSshServer() },
	};
	await withAdmin(clone.postgres, DATABASE, async (admin) => {
		await admin.query('select pg_promote()');
	});
	const { folder: home } = clone.machine;
	await mkdir(join(home, 'srv'));
	await program('bin/docker', DOCKER);
}, 120_000);

afterAll(async () => {
	await platform?.stop();
	await queues?.stop();
	for (const site of [clone, production]) {
		await site?.postgres.stop();
		await site?.redis.stop();
		await site?.machine.stop();
	}
	await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
	directory = await mkdtemp(join(folder, 'copy-'));
	await cp(made, directory, { recursive: true });
	await program('bin/cat', `[ "$*" = /proc/sys/kernel/random/boot_id ] && exec echo ${BOOTED}`);
	await program('srv/deploy.sh', 'echo "$*" > restored');
	await rm(join(clone.machine.folder, 'srv/restored'), { force: true });
	await holdOnly(clone.redis, 'stale');
	await withAdmin(clone.postgres, DATABASE, async (admin) => {
		await admin.query('delete from bookings; insert into bookings values (-1)');
	});
	platform.switches.database.connected = true;
});

/** Production is only asked who it is. */
afterEach(async () => {
	expect(new Set(production.machine.commands)).toEqual(new Set([ASK]));
	expect(await databasesOf(production.postgres)).toEqual([DATABASE, 'postgres']);
	expect(await bookingsOf(production.postgres)).toEqual({ count: 300, sum: 45_150 });
	expect(await keysOf(production.redis)).toEqual(['and', 'one']);
});

const DOCKER = `case "$*" in
"compose config --services") echo backend ;;
*) echo '{"Service":"backend","State":"running","Health":"healthy"}' ;;
esac`;

/** Puts a program onto the clone. */
async function program(path: string, body: string): Promise<void> {
	const file = join(clone.machine.folder, path);
	await mkdir(join(file, '..'), { recursive: true });
	await writeFile(file, `#!/bin/sh\n${body}\n`);
	await chmod(file, 0o755);
}

const repositoryAt = (path: string) => ({
	...{ storage: 'directory', directory: path, encryption: 'keyPair', ...key },
});

async function bookingsOf(postgres: RunningPostgres): Promise<IDataObject> {
	return await withAdmin(postgres, DATABASE, async (admin) => {
		const { rows } = await admin.query<IDataObject>(
			'select count(*)::int as count, sum(id)::int as sum from bookings',
		);
		return rows[0]!;
	});
}

const STALE = { count: 1, sum: -1 };
const whatTheBackendDid = async () =>
	await readFile(join(clone.machine.folder, 'srv/restored'), 'utf8').catch(() => 'nothing');

/** That the clone is as it was before. */
async function expectUntouched(): Promise<void> {
	expect(await bookingsOf(clone.postgres)).toEqual(STALE);
	expect(await keysOf(clone.redis)).toEqual(['stale']);
	expect(await whatTheBackendDid()).toBe('nothing');
}

interface Options {
	/** Other values in the settings. */
	values?: SettingsValues;
	/** Other credentials, by their names. */
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	/** Other parameters of nodes, by their names. */
	parameters?: Readonly<Record<string, object>>;
	/** Whether neither mail nor Slack can be reached. */
	nobodyTold?: boolean;
}

async function run({ values, credentials, parameters = {}, nobodyTold }: Options = {}) {
	const told: Record<string, IDataObject> = {};
	const engine = await createEngine({
		library: {
			drSettings: settingsWith({
				'clone.server': '192.0.2.7',
				'clone.postgresHost': '127.0.0.1',
				'clone.redisHost': '127.0.0.1',
				'clone.healthUrl': `${platform.baseUrl}/health`,
				'hosts.serverFolder': join(clone.machine.folder, 'srv'),
				'hosts.restoreGoodLooks': 2,
				'hosts.restoreLookSeconds': 1,
				...values,
			}),
			drRestoreClone: withoutRetries(restoreClone),
			drTellPeople: withoutRetries(all['tell-people'] as ShippedWorkflow),
		},
		credentials: {
			'Backup repository': repositoryAt(directory),
			'Postgres server': postgresLogin(production.postgres),
			'Redis server': redisLogin(production.redis),
			'Postgres (clone)': postgresLogin(clone.postgres, DATABASE),
			'Redis (clone)': redisLogin(clone.redis),
			...credentials,
		},
		outside: async (node, asked) => {
			if (typeof asked['command'] === 'string') {
				const { machine } = node === 'Ask the production machine' ? production : clone;
				return { ...(await runCommand(machine, asked['command'])) };
			}
			if (nobodyTold) throw new Error(`No way out by "${node}"`);
			told[node] = asked;
			return node === 'Send a mail' ? { messageId: '<1@example>' } : { ok: true };
		},
	});
	const workflow = withoutRetries(shipped);
	for (const node of workflow.nodes) Object.assign(node.parameters, parameters[node.name]);
	const { status, error, output } = await engine.run(workflow);
	const itemOf = (node: string) => output(node)[0]?.[0]?.json as IDataObject;
	return {
		...{ status, error: error?.message, mail: told['Send a mail'] },
		summary: itemOf('Summarise the failover'),
		recorded: itemOf('Record the failover'),
		report: itemOf('Write the report'),
	};
}

const WORDS = {
	backend: /^Backend: in orde na [\d.]+ s \(services: 1\)\.$/,
	postgres:
		/^Postgres: teruggezet en vergeleken in [\d.]+ s \(1 tabellen, 300 rijen\)\. Back-up mrdj_db-\d{14}, [\d.]+ minuten oud\.$/,
	redis: /^Redis: teruggezet en vergeleken in [\d.]+ s \(2 sleutels\)\. Back-up .+ oud\./,
	health: /^Validatie: in orde na [\d.]+ s \(2 keer op rij gezond\)\.$/,
};
const like = (patterns: readonly RegExp[]) =>
	patterns.map((pattern) => expect.stringMatching(pattern) as unknown);

test('fails over onto the clone, measures it, and compares it with the failover before', async () => {
	const from = Date.now();
	const { status, error, summary, recorded, report, mail } = await run();
	const seconds = (Date.now() - from) / 1000;
	expect(error).toBeUndefined();
	expect(status).toBe('success');
	expect(summary).toMatchObject({
		...{ outcome: 'succeeded', failed: [], skipped: [], lines: like(Object.values(WORDS)) },
		restoredBackups: [ids.postgres, ids.redis],
	});
	expect(await bookingsOf(clone.postgres)).toEqual({ count: 300, sum: 45_150 });
	expect(await keysOf(clone.redis)).toEqual(['and', 'one']);
	expect(await whatTheBackendDid()).toBe('--mode restore\n');

	const instants = recorded['instants'] as Record<string, string>;
	const times = ['impactStart', 'restoreStarted', 'dataRestored', 'serviceHealthy'].map((name) =>
		Date.parse(instants[name]!),
	);
	expect(times).toEqual([...times].sort((a, b) => a - b));
	expect(times[0]).toBeGreaterThanOrEqual(from);
	const { rtaSeconds, rpaSeconds } = recorded as { rtaSeconds: number; rpaSeconds: number };
	expect(rtaSeconds).toBeCloseTo((times[3]! - times[0]!) / 1000, 3);
	expect(rtaSeconds).toBeLessThanOrEqual(seconds);
	const points = (recorded['restoredBackups'] as { consistencyPoint: string }[]).map((one) =>
		Date.parse(one.consistencyPoint),
	);
	expect(rpaSeconds).toBeCloseTo((times[0]! - Math.min(...points)) / 1000, 3);
	expect(recorded).toMatchObject({
		...{ kind: 'drill', outcome: 'succeeded', running: false, warnings: [] },
		incidentId: expect.stringMatching(/^failover-\d{4}-\d\d-\d\d-\d{6}$/) as unknown,
	});
	expect(report).toMatchObject({
		exercises: [{ planParagraph: '§5', rtoMet: true, rpoMet: true }],
	});
	expect(report['nextSteps']).not.toContainEqual(expect.stringMatching(/^Hold a drill/));
	expect(mail).toMatchObject({
		subject: '[Mister DJ] Failover op de kloon geslaagd',
		options: { fileAttachments: 'report' },
		text: expect.stringMatching(
			/\n\nHersteltijd \(RTA\): [\d.]+ minuten, doel 240: gehaald\nGegevensverlies \(RPA\): [\d.]+ minuten, doel 60: gehaald\n\nEerdere failovers:\ngeen\n\n/,
		) as unknown,
	});

	const { summary: again, mail: second } = await run();
	expect(again).toMatchObject({ outcome: 'succeeded' });
	expect(second?.['text']).toMatch(
		/\n\nEerdere failovers:\n- \d\d-\d\d-\d{4}: hersteltijd [\d.]+ min, gegevensverlies [\d.]+ min\n\n/,
	);
});

describe('a part that fails', () => {
	const failing = async (part: keyof typeof WORDS, reason: RegExp, options: Options = {}) => {
		const { status, error, summary, recorded, mail } = await run(options);
		const notReady = /^Validatie: overgeslagen \(eerst moet het herstel slagen\)\.$/;
		const failed = new RegExp(`: MISLUKT\\. ${reason.source}`);
		const words = { ...WORDS, ...(part !== 'health' && { health: notReady }), [part]: failed };
		expect(summary).toMatchObject({ outcome: 'partly', lines: like(Object.values(words)) });
		expect(status).toBe('error');
		expect(error).toMatch(/^Niet geslaagd in de oefening: [^]+\. Wel geslaagd: .+, .+\.$/);
		expect(recorded).toMatchObject({ kind: 'drill', outcome: 'partly' });
		expect(recorded).not.toHaveProperty('rtaSeconds');
		expect(mail).toMatchObject({
			subject: '[Mister DJ] Failover op de kloon mislukt',
			text: expect.stringContaining('Hersteltijd (RTA): niet gemeten') as unknown,
		});
		return recorded['instants'] as Record<string, string>;
	};

	test('the restore command: the commands to go on by hand are those of the clone', async () => {
		await program('srv/deploy.sh', 'exit 3');
		await failing('backend', /Het herstelcommando eindigde met code 3\.[^]+ssh 192\.0\.2\.7/);
	});

	test('a service that does not come up', async () => {
		await program('bin/docker', 'echo \'{"Service":"backend","State":"exited","ExitCode":1}\'');
		const values = { 'hosts.restoreDeadlineMinutes': 0 };
		await failing('backend', /Niet in orde: backend \(exited/, { values });
		await program('bin/docker', DOCKER);
	});

	test('a damaged backup of Postgres leaves the database of the clone as it was', async () => {
		await damage(directory, ids.postgres);
		const before = await databasesOf(clone.postgres);
		const instants = await failing('postgres', /.+/);
		expect(instants).not.toHaveProperty('dataRestored');
		expect(await bookingsOf(clone.postgres)).toEqual(STALE);
		expect(await databasesOf(clone.postgres)).toEqual(before);
	});

	test('a damaged backup of Redis leaves that of the clone as it was', async () => {
		await damage(directory, ids.redis);
		const instants = await failing('redis', /.+/);
		expect(instants).not.toHaveProperty('dataRestored');
		expect(await keysOf(clone.redis)).toEqual(['stale']);
	});

	test('a clone that does not become healthy', async () => {
		platform.switches.database.connected = false;
		const values = { 'hosts.restoreDeadlineMinutes': 0.1 };
		const instants = await failing('health', /.*dependencies\.database\.connected == true/, {
			values,
		});
		expect(instants).toHaveProperty('dataRestored');
		expect(instants).not.toHaveProperty('serviceHealthy');
	});

	test('another machine, server or host than the one that was asked', async () => {
		const onlyServer = { options: { onlyServer: 'another' } };
		const { workflowInputs } = structuredClone(
			shipped.nodes.find(({ name }) => name === 'Restore the backend')!.parameters,
		) as { workflowInputs: { value: IDataObject } };
		workflowInputs.value['machine'] = 'another';
		const { summary } = await run({
			parameters: {
				'Restore the backend': { workflowInputs },
				'Restore Postgres': onlyServer,
				'Restore Redis': onlyServer,
			},
		});
		expect(summary).toMatchObject({
			passed: [],
			failed: [
				expect.stringContaining('niet gestart, de server of de map'),
				expect.stringContaining('is not the one that was meant. Nothing was changed'),
				expect.stringContaining('is not the one that was meant. Nothing was changed'),
			],
		});
		expect(JSON.stringify(summary)).toContain('another machine');
		await expectUntouched();
	});

	test('a machine that does not answer, and is not taken for that of production', async () => {
		clone.machine.goDown();
		const { summary } = await run({
			values: { 'clone.postgresHost': 'another', 'clone.redisHost': '' },
		});
		clone.machine.comeBack();
		expect(summary).toMatchObject({
			failed: [
				'Backend (de server is niet bereikt, of de aanmelding is geweigerd)',
				'Postgres (de credential leidt naar 127.0.0.1, in Settings staat another)',
			],
		});
		await expectUntouched();
	});

	test('a production that cannot be asked', async () => {
		production.machine.goDown();
		const { summary } = await run({
			values: { 'clone.postgresHost': '', 'clone.redisHost': '' },
		});
		production.machine.comeBack();
		expect(summary['failed']).toEqual([
			expect.stringMatching(/^Backend \(niet vast te stellen dat dit niet de productie is: /),
		]);
		await expectUntouched();
	});
});

describe('a target that is the production is refused before anything is touched', () => {
	test.each<[what: string, options: () => Options]>([
		['Backend', () => ({ values: { 'clone.server': ' 147.93.57.40' } })],
		[
			'Postgres',
			() => ({
				credentials: {
					'Postgres (clone)': { ...postgresLogin(production.postgres), host: 'localhost' },
				},
			}),
		],
		[
			'Redis',
			() => ({
				credentials: { 'Redis (clone)': { ...redisLogin(production.redis), host: 'localhost' } },
			}),
		],
		['Validatie', () => ({ values: { 'clone.healthUrl': 'https://MR-DJ.nl/health' } })],
	])('%s', async (what, options) => {
		const { status, error, summary, recorded, mail } = await run(options());
		expect(status).toBe('error');
		expect(error).toMatch(
			new RegExp(`^Geweigerd, er is niets aangeraakt: ${what} van deze oefening is die`),
		);
		expect([summary, recorded, mail]).toEqual([undefined, undefined, undefined]);
		await expectUntouched();
	});

	test('Backend, by another address', async () => {
		await rm(join(clone.machine.folder, 'bin/cat'));
		expect((await run()).error).toMatch(/^Geweigerd, er is niets aangeraakt: Backend van/);
		await expectUntouched();
	});
});

test('what the settings leave empty is skipped, and said', async () => {
	const { status, summary, recorded } = await run({
		values: { 'clone.server': '', 'clone.redisHost': '', 'clone.healthUrl': '' },
	});
	expect(status).toBe('success');
	expect(summary).toMatchObject({
		lines: [
			'Backend: overgeslagen (clone.server is leeg in Settings).',
			expect.stringMatching(WORDS.postgres),
			'Redis: overgeslagen (clone.redisHost is leeg in Settings).',
			'Validatie: overgeslagen (clone.healthUrl is leeg in Settings).',
		],
	});
	// Nobody has looked at the service, so none is called healthy.
	expect(recorded['instants']).not.toHaveProperty('serviceHealthy');
});

test('a failover of nothing does not pass, and does not count as one', async () => {
	const { status, error, recorded, report } = await run({
		values: { 'clone.server': '', 'clone.postgresHost': '', 'clone.redisHost': '' },
	});
	expect(status).toBe('error');
	expect(error).toContain('niets getest: alle onderdelen staan uit');
	expect(recorded).toMatchObject({ outcome: 'aborted' });
	expect(report['nextSteps']).toContainEqual(expect.stringMatching(/^Hold a drill/));
	await expectUntouched();
});

test('a target that was missed, and what could not be recorded or told, fails the run', async () => {
	const only = { 'clone.server': '', 'clone.redisHost': '' };
	const missed = await run({ values: { ...only, 'objectives.recoveryTimeMinutes': 0.001 } });
	expect(missed.mail?.['subject']).toBe(
		'[Mister DJ] Failover op de kloon geslaagd, doel niet gehaald',
	);
	expect(missed.error).toMatch(
		/oefening: hersteltijd \([\d.]+ minuten, doel 0\.001: niet gehaald\)/,
	);
	const untold = await run({
		...{ values: only, nobodyTold: true },
		parameters: { 'Record the failover': { instants: { restoreStarted: 'yesterday' } } },
	});
	expect(untold.error).toMatch(
		/oefening: vastlegging \(.+\); bericht \(.+No way out by .+\)\. Wel/,
	);
});

test('the services of the clone are judged as those of production are', () => {
	const partsOf = (workflow: ShippedWorkflow | undefined) =>
		['Name the services', 'Begin to look', 'Look at the services', 'Read the answer']
			.concat('Judge the services', 'Are they stable', 'Wait for the next look')
			.map((name) => workflow?.nodes.find((node) => node.name === name)?.parameters)
			.map((parameters) => JSON.stringify(parameters).replaceAll(/"id":"[^"]+"/g, '"id":""'));
	expect(partsOf(restoreClone)).toEqual(partsOf(all['restore-backend']));
});
