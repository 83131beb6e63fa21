import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEngine, type Engine, type WorkflowFile } from '../support/engine-harness';
import { startPostgres, type RunningPostgres } from '../support/postgres-server';
import { shippedWorkflows } from '../support/workflow-lint/shipped';

const PASSPHRASE = 'correct horse battery staple';

let postgres: RunningPostgres;
let repository: string;
let engine: Engine;

beforeAll(async () => {
	postgres = await startPostgres({ major: 16 });
	repository = await mkdtemp(join(tmpdir(), 'dr-round-trip-'));
	engine = await createEngine({ credentials: credentials(postgres.password) });
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
		...{ encryption: 'passphrase', passphrase: PASSPHRASE },
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

const committed = async () =>
	(await readdir(repository, { recursive: true })).filter((path) => path.endsWith('manifest.json'));

describe('the shipped workflows', () => {
	it('back up, lose, restore and undo a database', async () => {
		const before = await contents();

		const backup = await engine.run(shipped('back-up-postgres'), { startAt: 'Run by hand' });
		expect(backup.error?.message).toBeUndefined();
		const [[item]] = backup.output('Summarise the run') as [[{ json: object }]];
		expect(item.json).toMatchObject({ tables: 2, rows: 7000, verified: 'readable' });
		expect(JSON.stringify(item)).not.toContain(PASSPHRASE);
		expect(await committed()).toHaveLength(1);

		await inShop(`drop table booking; update customer set name = 'lost' where id % 3 = 0`);
		const damaged = await inShop('select count(*) from customer where name = $$lost$$');

		const restore = await engine.run(shipped('restore-postgres'));
		expect(restore.error?.message).toBeUndefined();
		expect(await contents()).toEqual(before);

		const undo = await engine.run(shipped('undo-postgres-restore'));
		expect(undo.error?.message).toBeUndefined();
		expect(await inShop('select count(*) from customer where name = $$lost$$')).toEqual(damaged);
	}, 120_000);

	it('say what happened when the password is wrong, without saying the password', async () => {
		const wrong = await createEngine({ credentials: credentials('not-the-password') });
		const known = await committed();
		const { status, error } = await wrong.run(shipped('back-up-postgres'), {
			startAt: 'Run by hand',
		});
		expect(status).toBe('error');
		expect(error?.message).toMatch(/password/i);
		expect(JSON.stringify(error)).not.toContain('not-the-password');
		expect(await committed()).toEqual(known);
	});

	it('keep to the folders that n8n allows', async () => {
		const fenced = await createEngine({ credentials: credentials(postgres.password, '/srv') });
		const { status, error } = await fenced.run(shipped('back-up-postgres'), {
			startAt: 'Run by hand',
		});
		expect(status).toBe('error');
		expect(error?.message).toMatch(/does not allow .*\/srv/);
	});
});
