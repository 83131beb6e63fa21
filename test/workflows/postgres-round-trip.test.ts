import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { generateX25519Identity, identityToRecipient } from 'age-encryption';

import { createEngine, type Engine, type WorkflowFile } from '../support/engine-harness';
import { startPostgres, type RunningPostgres } from '../support/postgres-server';
import { settingsWith } from '../support/settings-with';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

/** A site with nothing to look at but the data. */
const library = {
	drSettings: settingsWith({
		...{ 'hosts.migrateCommand': '', 'restore.schemaQuery': '', 'site.healthUrl': '' },
	}),
};

let postgres: RunningPostgres;
let repository: string;
let engine: Engine;
let identity: string;
let recipient: string;

beforeAll(async () => {
	postgres = await startPostgres({ major: 16 });
	repository = await mkdtemp(join(tmpdir(), 'dr-round-trip-'));
	identity = await generateX25519Identity();
	recipient = await identityToRecipient(identity);
	engine = await createEngine({ credentials: credentials(postgres.password), library });
	const admin = await postgres.admin();
	await admin.query('create database shop');
	await admin.end();
	await inShop(
		`create table customer (id int primary key, name text not null);
		insert into customer select n, 'Customer ' || n from generate_series(1, 5000) n;
		create table booking (id serial primary key, customer int references customer, at timestamptz);
		insert into booking (customer, at) select n, now() from generate_series(1, 2000) n;`,
	);
});

afterAll(async () => {
	await postgres.stop();
	await rm(repository, { recursive: true, force: true });
});

const credentials = (password: string, directory = repository) => ({
	'Postgres server': {
		...{ host: postgres.host, port: postgres.port, user: postgres.user, password },
		...{ database: 'shop', tls: 'disable' },
	},
	'Backup repository': {
		...{ storage: 'directory', directory },
		...{ encryption: 'keyPair', recipients: recipient, identities: identity },
	},
});

async function inShop(sql: string): Promise<Record<string, unknown>[]> {
	const client = await postgres.admin('shop');
	try {
		const result = await client.query<Record<string, unknown>>(sql);
		return result.rows;
	} finally {
		await client.end();
	}
}

/** One value for all that is in the two tables. */
const contents = () =>
	inShop(`select
		(select md5(string_agg(c::text, '|' order by id)) from customer c) as customers,
		(select md5(string_agg(b::text, '|' order by id)) from booking b) as bookings`);

function shipped(name: string): WorkflowFile {
	const workflow = shippedWorkflows()[name];
	if (!workflow) throw new Error(`The workflow "${name}" is not shipped.`);
	return workflow;
}

const files = () => readdir(repository, { recursive: true });

const committed = async () => (await files()).filter((path) => path.endsWith('manifest.json'));

/** What the package has open on the server. */
async function sessions(): Promise<unknown[]> {
	const admin = await postgres.admin();
	const { rows } = await admin.query<Record<string, unknown>>(
		"select pid from pg_stat_activity where application_name like 'n8n-dr-%'",
	);
	await admin.end();
	return rows;
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
	for (const limit = Date.now() + 15_000; !(await condition()); await sleep(50)) {
		if (Date.now() > limit) throw new Error('It did not come to that in 15 seconds.');
	}
}

describe('the shipped workflows', () => {
	it('back up, lose, restore and undo a database', async () => {
		const before = await contents();

		const backup = await engine.run(shipped('back-up-postgres'));
		expect(backup.error?.message).toBeUndefined();
		const [[item]] = backup.output('Summarise the run') as [[{ json: object }]];
		expect(item.json).toMatchObject({
			...{ tables: 2, rows: 7000, warnings: [] },
			...{ verified: 'restored', restoreTest: 'passed' },
		});
		expect(JSON.stringify(item)).not.toContain(identity);
		expect(await committed()).toHaveLength(1);

		await inShop(`drop table booking; update customer set name = 'lost' where id % 3 = 0`);
		const damaged = await inShop('select count(*) from customer where name = $$lost$$');

		const restore = await engine.run(shipped('restore-postgres'));
		expect(restore.error?.message).toBeUndefined();
		expect(restore.output('Summarise the restore')).toEqual([[expect.anything()]]);
		expect(await contents()).toEqual(before);

		const undo = await engine.run(shipped('undo-postgres-restore'));
		expect(undo.error?.message).toBeUndefined();
		expect(undo.output('Summarise the undo')).toEqual([[expect.anything()]]);
		expect(await inShop('select count(*) from customer where name = $$lost$$')).toEqual(damaged);
	}, 120_000);

	it('test a restore on a scratch server, and leave no database there', async () => {
		const workflow = structuredClone(shipped('back-up-postgres'));
		const proof = workflow.nodes.find(({ name }) => name === 'Prove that it can be restored')!;
		proof.parameters = { ...proof.parameters, testOn: 'server' };
		proof.credentials = {
			...proof.credentials,
			drPostgresServerApi: { id: null, name: 'Postgres server' },
		};
		const databases = await inShop('select datname from pg_database order by 1');
		const { error, output } = await engine.run(workflow);
		expect(error?.message).toBeUndefined();
		const [[{ json }]] = output(proof.name) as [[{ json: object }]];
		expect(json).toMatchObject({
			...{ level: 'restored', outcome: 'passed' },
			restoreTest: { ranOn: expect.stringMatching(/^Postgres 16/) as unknown },
		});
		expect(await inShop('select datname from pg_database order by 1')).toEqual(databases);
	});

	it('test no restore in a folder that n8n does not allow', async () => {
		const workflow = structuredClone(shipped('back-up-postgres'));
		const proof = workflow.nodes.find(({ name }) => name === 'Prove that it can be restored')!;
		proof.parameters = { ...proof.parameters, testOptions: { scratchFolder: '/srv' } };
		const { status, error } = await engine.run(workflow);
		expect(status).toBe('error');
		expect(error?.message).toMatch(/does not allow .*\/srv/);
	});

	it('say what happened when the password is wrong, without saying the password', async () => {
		const wrong = await createEngine({ credentials: credentials('not-the-password'), library });
		const known = await committed();
		const { status, error } = await wrong.run(shipped('back-up-postgres'));
		expect(status).toBe('error');
		expect(error?.message).toMatch(/password/i);
		expect(JSON.stringify(error)).not.toContain('not-the-password');
		expect(await committed()).toEqual(known);
	});

	it('stop at once when somebody presses stop, and leave nothing behind', async () => {
		const known = await files();
		const blocker = await postgres.admin('shop');
		await blocker.query('begin; lock table customer in access exclusive mode');
		const stop = new AbortController();
		const running = engine.run(shipped('back-up-postgres'), {
			signal: stop.signal,
		});
		await waitFor(async () => (await sessions()).length > 0);
		stop.abort();
		const { status } = await running;
		expect(status).toBe('canceled');
		await waitFor(async () => (await sessions()).length === 0);
		await blocker.end();
		expect(await files()).toEqual(known);
	});

	it('keep to the folders that n8n allows', async () => {
		const fenced = await createEngine({
			credentials: credentials(postgres.password, '/srv'),
			library,
		});
		const { status, error } = await fenced.run(shipped('back-up-postgres'));
		expect(status).toBe('error');
		expect(error?.message).toMatch(/does not allow .*\/srv/);
	});

	it('run no program from a folder that other nodes can write to', async () => {
		const workflow = structuredClone(shipped('back-up-postgres'));
		const dump = workflow.nodes.find(({ name }) => name === 'Back up the database');
		dump!.parameters = { ...dump!.parameters, options: { binariesDirectory: repository } };
		const { status, error } = await engine.run(workflow);
		expect(status).toBe('error');
		expect(error?.message).toMatch(/^Programs are not run from .*other nodes can write there/);
	});
});
