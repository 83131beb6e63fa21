import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { IDataObject } from 'n8n-workflow';

import { findIncident } from '../../core/events/find-incident';
import { listBackups } from '../../core/repository/catalogue';
import { openRepository, type Repository } from '../../core/repository/repository';
import { readRepositorySettings } from '../../nodes/shared/credentials';
import { createEngine, type RunOptions, type WorkflowFile } from '../support/engine-harness';
import { eventually } from '../support/eventually';
import { type Platform, startPlatform } from '../support/platform';
import { type RunningPostgres, startPostgres } from '../support/postgres-server';
import { type RunningRedis, startRedis } from '../support/redis-server';
import { settingsWith, type SettingsValues } from '../support/settings-with';
import { type SshServer, startSshServer } from '../support/ssh-server';
import { runOverSsh } from '../support/ssh-server/client';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const INCIDENT = '2026-11-23-database';
const CALLED = 'Called by another workflow';

const shipped = shippedWorkflows() as Record<
	'back-up-postgres' | 'restore-postgres' | 'undo-postgres-restore' | 'run-migrations',
	WorkflowFile
>;

let postgres: RunningPostgres;
let redis: RunningRedis;
let platform: Platform;
let server: SshServer;
let keys: { recipients: string; identities: string };
/** A repository with one verified backup of the whole database. */
let model: string;
let backupId: string;
/** A copy of it for each test. */
let folder: string;

beforeAll(async () => {
	[postgres, redis, server] = await Promise.all([
		startPostgres({ major: 16 }),
		startRedis(),
		startSshServer(),
	]);
	platform = await startPlatform({ redis });
	const identities = await generateX25519Identity();
	keys = { identities, recipients: await identityToRecipient(identities) };
	model = mkdtempSync(join(tmpdir(), 'dr-restore-model-'));
	folder = model;
	await makeWhole();
	const engine = await createEngine({ credentials: credentials() });
	const { error, output } = await engine.run(shipped['back-up-postgres']);
	expect(error?.message).toBeUndefined();
	backupId = String(output('Summarise the run')[0]?.[0]?.json.backupId);
});

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), 'dr-restore-'));
	cpSync(model, folder, { recursive: true });
	platform.switches.database.connected = true;
	await dropAll();
	await makeWhole();
	await sql('delete from booking where id > 7');
});

afterEach(() => {
	server.comeBack();
	rmSync(folder, { recursive: true, force: true });
});

afterAll(async () => {
	await platform?.stop();
	await Promise.all([postgres?.stop(), redis?.stop(), server?.stop()]);
	rmSync(model, { recursive: true, force: true });
});

async function sql(text: string, database = 'shop'): Promise<Record<string, unknown>[]> {
	const client = await postgres.admin(database);
	try {
		return (await client.query<Record<string, unknown>>(text)).rows;
	} finally {
		await client.end();
	}
}

async function databases(): Promise<string[]> {
	const rows = await sql("select datname from pg_database where datname like 'shop%'", 'postgres');
	return rows.map(({ datname }) => String(datname)).sort();
}

async function dropAll(): Promise<void> {
	for (const name of await databases()) await sql(`drop database "${name}" (force)`, 'postgres');
}

async function makeWhole(): Promise<void> {
	await sql('create database shop', 'postgres');
	await sql(`create table customer (id int primary key);
		insert into customer select generate_series(1, 40);
		create table booking (id int primary key, customer int references customer);
		insert into booking select i, 1 + i % 40 from generate_series(1, 300) i`);
}

const bookings = async (database = 'shop') =>
	Number((await sql('select count(*) from booking', database))[0]?.['count']);

const credentials = () => ({
	'Postgres server': {
		...{ host: postgres.host, port: postgres.port, database: 'shop', tls: 'disable' },
		...{ user: postgres.user, password: postgres.password },
	},
	'Backup repository': {
		...{ storage: 'directory', directory: folder },
		...{ encryption: 'keyPair', ...keys },
	},
});

const repository = (): Repository =>
	openRepository(readRepositorySettings(credentials()['Backup repository'] as never));

/** What is recorded of the incident; nothing where nothing is. */
const recorded = async () => (await findIncident(repository(), INCIDENT)).history?.incident;

interface Case extends Pick<RunOptions, 'signal'> {
	/** Of *Settings*. */
	values?: SettingsValues;
	/** Of the workflow that calls; without it somebody presses the button. */
	input?: IDataObject;
	/** Done when the command of the migrations has ended. */
	afterwards?: () => Promise<unknown>;
}

async function engineWith({ values = {}, afterwards }: Case) {
	const settings = settingsWith({
		...{ 'hosts.serverFolder': server.folder, 'hosts.migrateCommand': 'echo run >> migrated' },
		...{ 'site.healthUrl': `${platform.baseUrl}/health`, 'restore.healthMinutes': 0.1 },
		'validate.bookingsUrl': '',
		...{ 'restore.schemaQuery': 'select count(*) = 40 as ok from customer', ...values },
	});
	return await createEngine({
		credentials: credentials(),
		library: { drSettings: settings, drRunMigrations: shipped['run-migrations'] },
		outside: async (_node, { command }) => {
			const answer = await runOverSsh(server, String(command));
			await afterwards?.();
			return answer;
		},
	});
}

async function run(file: WorkflowFile, summary: string, test: Case) {
	const engine = await engineWith(test);
	const { input, signal } = test;
	const { error, output, status } = await engine.run(file, {
		...(input && { startAt: CALLED, items: [{ json: input }], mode: 'integrated' }),
		...(signal && { signal }),
	});
	return { status, error: error?.message, summary: output(summary)[0]?.[0]?.json ?? {}, output };
}

const restore = async (test: Case = {}) =>
	await run(shipped['restore-postgres'], 'Summarise the restore', test);

const undo = async (test: Case = {}) =>
	await run(shipped['undo-postgres-restore'], 'Summarise the undo', test);

/** How often the migrations ran. */
const migrated = () => server.commands.filter((command) => command.includes('migrated')).length;

describe('Restore Postgres', () => {
	it('keeps what is left, restores, migrates, checks, and records it all', async () => {
		const before = migrated();
		const { error, summary } = await restore({ input: { incident: INCIDENT, kind: 'drill' } });
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({
			...{ step: 'Restore Postgres', outcome: 'done', doByHand: '', backupId, database: 'shop' },
			...{ previousDatabase: expect.stringMatching(/^shop_before_\d{14}$/) as unknown },
			...{ tables: 2, rows: 340, checksumsCompared: true, warnings: [] },
			...{ migrations: 'done', schema: 'pass', health: 'pass' },
			safetyBackupId: expect.stringMatching(/^before-restore\.shop-\d{14}$/) as unknown,
			at: expect.stringMatching(/^\d{4}-/) as unknown,
		});
		const { previousDatabase, ageMinutes, restoreSeconds } = summary;
		expect(summary.says).toBe(
			`Postgres is hersteld uit back-up ${backupId}, ${String(ageMinutes)} minuten oud: 2 tabellen en 340 rijen staan in shop. De vorige database heet nu ${String(previousDatabase)}.`,
		);
		expect(restoreSeconds).toBeGreaterThan(0);
		expect([await bookings(), await bookings(String(previousDatabase))]).toEqual([300, 7]);
		expect(migrated()).toBe(before + 1);
		const { backups } = await listBackups(repository(), { component: 'postgres' });
		expect(backups.map(({ id }) => id).sort()).toEqual([summary.safetyBackupId, backupId].sort());
		expect(await recorded()).toMatchObject({
			...{ incident: INCIDENT, kind: 'drill', notes: [summary.says], conflicts: [] },
			restoredBackups: [{ id: backupId, exact: true }],
			instants: { restoreStarted: expect.any(String) as unknown },
		});
	});

	it('needs no more than the button, and then records nothing', async () => {
		const off = { 'hosts.migrateCommand': '', 'restore.schemaQuery': '', 'site.healthUrl': '' };
		const before = server.commands.length;
		const { error, summary } = await restore({ values: off });
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({
			...{ outcome: 'done', migrations: 'skipped', schema: 'pass', health: 'not checked' },
		});
		expect(await bookings()).toBe(300);
		expect(server.commands).toHaveLength(before);
		expect(readdirSync(folder)).toEqual(['postgres']);
		// What was set aside is no candidate for "the newest", nor in the way of it.
		expect((await restore({ values: off })).summary).toMatchObject({ backupId, outcome: 'done' });
	});

	it('restores a backup that is given', async () => {
		const { summary } = await restore({ input: { backup: ` ${backupId} ` } });
		expect(summary).toMatchObject({ outcome: 'done', backupId });
		const safe = String(summary.safetyBackupId);
		const { summary: back } = await restore({
			...{ input: { backup: safe }, values: { 'restore.schemaQuery': '' } },
		});
		expect(back).toMatchObject({ outcome: 'done', backupId: safe });
		expect(await bookings()).toBe(7);
	});

	it('says so where the database is gone, and restores it', async () => {
		await dropAll();
		const { error, summary } = await restore();
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({ previousDatabase: '', safetyBackupId: '' });
		expect(summary.says).toContain('Er was geen database meer om te bewaren.');
		expect(summary.says).toMatch(/is geen back-up gemaakt: .*"?shop"? does not exist/);
		expect(await bookings()).toBe(300);
	});

	it('says so where the database cannot be read, and sets it aside all the same', async () => {
		await sql(`set allow_system_table_mods = on;
			delete from pg_attribute where attrelid = 'booking'::regclass and attname = 'customer'`);
		await expect(bookings()).rejects.toThrow('missing 1 attribute');
		const { error, summary } = await restore();
		expect(error).toBeUndefined();
		expect(summary.says).toContain('Van wat er nog was is geen back-up gemaakt: ');
		expect(await databases()).toEqual(['shop', summary.previousDatabase]);
		expect(await bookings()).toBe(300);
	});

	it('ends with what to do by hand where the migrations fail, one press from the way back', async () => {
		const { error, summary } = await restore({
			...{ values: { 'hosts.migrateCommand': 'echo no >&2; exit 3' } },
			input: { incident: INCIDENT },
		});
		const kept = String(summary.previousDatabase);
		expect(summary).toMatchObject({
			...{ outcome: 'failed', migrations: 'failed', schema: 'not checked', backupId },
		});
		expect(error).toContain('De migraties zijn niet gelukt: Het commando eindigde met code 3.');
		expect(error).toContain(
			`\nssh 147.93.57.40\ncd ${server.folder}\necho no >&2; exit 3\n\nTerug naar de vorige database (${kept}): workflow "Undo Postgres restore"`,
		);
		expect(await recorded()).toMatchObject({
			...{ notes: [summary.says], restoredBackups: [{ id: backupId }] },
		});
		// Nothing is undone by itself.
		expect([await bookings(), await bookings(kept)]).toEqual([300, 7]);

		const undone = await undo({ input: { incident: INCIDENT } });
		expect(undone.error).toBeUndefined();
		expect(undone.summary).toMatchObject({
			...{ step: 'Undo Postgres restore', outcome: 'done', broughtBack: kept, doByHand: '' },
			says: `De database van voor het herstel is terug: ${kept} heet weer shop. Wat er intussen stond is bewaard als ${String(undone.summary.setAside)}.`,
		});
		expect(await bookings()).toBe(7);
		expect((await recorded())?.notes).toContain(undone.summary.says);
	});

	it('calls the migrations unknown where the connection is lost, and can be run again', async () => {
		const values = { 'hosts.migrateCommand': 'touch migrating; sleep 60' };
		const running = restore({ values });
		await eventually(() => readFileSync(join(server.folder, 'migrating')));
		server.dropConnections();
		const { error } = await running;
		expect(error).toContain('Of ze klaar zijn is onbekend: kijk eerst of er nog een loopt.');
		server.goDown();
		expect((await restore({ values })).error).toContain('De server is niet bereikt');
		server.comeBack();
		expect((await restore()).summary).toMatchObject({ outcome: 'done', migrations: 'done' });
		expect(await bookings()).toBe(300);
	});

	it.each<[what: string, test: Case, said: RegExp]>([
		[
			'a table of the backup is missing after the migrations',
			{ afterwards: async () => await sql('drop table booking') },
			/Het schema klopt niet: Tabellen van de back-up: .*\[BODY\]\[0\]\.tables >= 2, seen 1/,
		],
		[
			'the query of the site says no',
			{ values: { 'restore.schemaQuery': 'select false as ok' } },
			/Het schema klopt niet: Schema: /,
		],
		[
			'the query of the site is refused',
			{ values: { 'restore.schemaQuery': 'select ok from knex_migrations' } },
			/Het schema klopt niet: Schema: .*knex_migrations/,
		],
	])('ends with an error where %s', async (_what, test, said) => {
		const { error, summary } = await restore(test);
		expect(error).toMatch(said);
		expect(error).toContain(`Terug naar de vorige database (${String(summary.previousDatabase)})`);
		expect(summary).toMatchObject({ outcome: 'failed', schema: 'fail', health: 'not checked' });
		expect(await bookings(String(summary.previousDatabase))).toBe(7);
	});

	it('ends with an error where the platform does not have its database back', async () => {
		platform.switches.database.connected = false;
		const { error, summary } = await restore();
		expect(summary).toMatchObject({ outcome: 'failed', schema: 'pass', health: 'fail' });
		expect(error).toMatch(/Het platform is na het herstel niet in orde: .*connected/);
		expect(error).toContain(`\ncurl -s ${platform.baseUrl}/health\n`);
		expect(error).toContain(`Terug naar de vorige database (${String(summary.previousDatabase)})`);
	});

	it('first asks for a page, since the platform knows its database after a query only', async () => {
		platform.switches.isAsleep = true;
		const values = { 'validate.bookingsUrl': `${platform.baseUrl}/bookings` };
		expect((await restore({ values })).error).toBeUndefined();
		const paths = platform.requests.slice(-2).map(({ path }) => path);
		expect(paths).toEqual(['/api/bookings', '/api/health']);
	});

	it.each<[what: string, input: IDataObject, said: RegExp]>([
		['no such backup', { backup: 'shop-20200101000000' }, /has no backup shop-20200101000000/],
		['no backup at all', { backup: 'the newest' }, /"the newest" is not the id of a backup/],
	])('touches nothing where there is %s by the id that is given', async (_what, input, said) => {
		const { error, summary } = await restore({ input: { ...input, incident: INCIDENT } });
		expect(error).toMatch(/^Postgres is niet hersteld: /);
		expect(error).toMatch(said);
		expect(error).toContain('npx n8n-nodes-disaster-recovery list');
		expect(summary).toMatchObject({ outcome: 'failed', backupId: '', tables: null });
		expect([await databases(), await bookings()]).toEqual([['shop'], 7]);
		expect(readdirSync(join(folder, 'postgres'))).toEqual(['shop']);
		expect(await recorded()).toMatchObject({ notes: [summary.says], restoredBackups: [] });
	});

	it('touches nothing where no backup is verified', async () => {
		const of = join(folder, 'postgres', 'shop', backupId);
		for (const name of readdirSync(of)) {
			if (name.startsWith('verified-')) rmSync(join(of, name));
		}
		const { error } = await restore();
		expect(error).toContain('The repository has no verified Postgres backup.');
		expect([await databases(), await bookings()]).toEqual([['shop'], 7]);
	});

	it('restores although nothing can be recorded, and says what is to be written down', async () => {
		const gone = 'shop-20200101000000';
		await restore({ input: { incident: INCIDENT, kind: 'drill', backup: gone } });
		const { error, summary } = await restore({ input: { incident: INCIDENT, kind: 'incident' } });
		expect(error).toBeUndefined();
		expect(summary.outcome).toBe('done');
		expect(await bookings()).toBe(300);
		expect(summary.says).toContain(
			`Dit staat niet of niet helemaal in het logboek van ${INCIDENT}: ${INCIDENT} is recorded as drill, not as incident.`,
		);
		expect(summary.doByHand).toMatch(
			new RegExp(`^Noteer bij ${INCIDENT}: begin 20.*; Postgres is hersteld uit `),
		);
	});

	it('does no harm and works when it is run again after it was stopped half-way', async () => {
		const stop = new AbortController();
		const blocker = await postgres.admin('shop');
		await blocker.query('begin; lock table customer in access exclusive mode');
		const early = restore({ signal: stop.signal });
		await eventually(async () => {
			const waiting = await sql('select from pg_locks where not granted and relation is not null');
			expect(waiting).toHaveLength(1);
		});
		stop.abort();
		expect((await early).status).toBe('canceled');
		await blocker.end();
		expect([await databases(), await bookings()]).toEqual([['shop'], 7]);

		const late = new AbortController();
		const values = { 'hosts.migrateCommand': 'touch late; sleep 60' };
		const stopped = restore({ values, signal: late.signal });
		await eventually(() => readFileSync(join(server.folder, 'late')));
		late.abort();
		server.dropConnections();
		expect((await stopped).status).toBe('canceled');

		const { error, summary } = await restore();
		expect(error).toBeUndefined();
		expect(await bookings()).toBe(300);
		expect(await databases()).toHaveLength(3);
		expect(await databases()).toContain(summary.previousDatabase);
	});
});

describe('Undo Postgres restore', () => {
	it('brings back the one that is given, and not only the last', async () => {
		const { summary } = await restore();
		const first = String(summary.previousDatabase);
		await restore();
		const { summary: undone } = await undo({ input: { keptDatabase: first } });
		expect(undone).toMatchObject({ outcome: 'done', broughtBack: first });
		expect(await bookings()).toBe(7);
	});

	it('ends with an error where there is nothing to go back to', async () => {
		const { error, summary } = await undo();
		expect(summary).toMatchObject({ outcome: 'failed', broughtBack: '' });
		expect(error).toMatch(/^Het herstel is niet teruggedraaid: No restore of database shop/);
		expect(error).toContain('npx n8n-nodes-disaster-recovery undo postgres --help');
		expect(await bookings()).toBe(7);
	});
});

describe('Run migrations', () => {
	const migrate = async (test: Case = {}) =>
		await run(shipped['run-migrations'], 'Summarise the migrations', test);

	it('runs the command in its folder, whatever that is called', async () => {
		const { error, summary } = await migrate();
		expect(error).toBeUndefined();
		expect(summary).toMatchObject({ step: 'Run migrations', outcome: 'done', doByHand: '' });
		expect(server.commands.at(-1)).toBe(`cd '${server.folder}' || exit 66\necho run >> migrated`);
		const { error: none } = await migrate({ values: { 'hosts.serverFolder': "/no/'such" } });
		expect(none).toContain('code 66');
		expect(server.commands.at(-1)).toContain("cd '/no/'\\''such'");
	});

	it('skips what is switched off', async () => {
		const before = server.commands.length;
		const { error, summary } = await migrate({ values: { 'hosts.migrateCommand': ' ' } });
		expect([error, summary.outcome]).toEqual([undefined, 'skipped']);
		expect(server.commands).toHaveLength(before);
	});
});
