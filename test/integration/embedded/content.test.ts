import { startPostgres, type RunningPostgres } from '../../support/postgres-server';
import { dumpArchive, embeddedSql, nativeSql } from './dumping';

/** One of every kind that a dump treats in its own way. */
const SCHEMA = String.raw`
	create schema "Odd ""schema""";
	create type mood as enum ('sad', 'ok', 'with ''quote''');
	create domain positive as int check (value > 0);
	create table "Odd ""schema"""."Tab	le" (
		id bigint generated always as identity primary key,
		"näme" text not null, amount positive, feeling mood,
		twice int generated always as (amount * 2) stored,
		raw bytea, doc jsonb, list text[], at timestamptz
	);
	insert into "Odd ""schema"""."Tab	le" ("näme", amount, feeling, raw, doc, list, at)
		select E'row\t\\ \n €😀 ' || i, i, 'ok', decode(md5(i::text), 'hex'), jsonb_build_object('i', i),
			array['a', null, 'c,"'], '2026-01-01'::timestamptz + i * interval '1 minute'
		from generate_series(1, 20000) i;
	create table parts (k int, v text) partition by range (k);
	create table parts_low partition of parts for values from (0) to (100);
	create table parts_high partition of parts default;
	insert into parts select i, 'v' || i from generate_series(1, 300) i;
	create table parent (id int primary key);
	create table child (id int primary key, parent_id int references parent);
	insert into parent select generate_series(1, 50);
	insert into child select i, i from generate_series(1, 50) i;
	create index on child (parent_id) where parent_id > 3;
	create view v as select c.id, p.id as p from child c join parent p on p.id = c.parent_id;
	create materialized view mv as select count(*) from parts;
	create function f(int) returns int language sql as $$ select $1 + 1; $$;
	create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
	create trigger t before insert on child for each row execute function touch();
	create sequence s start 77;
	select nextval('s');
	comment on table child is 'it''s; a comment';
	select lo_from_bytea(0, decode(repeat('00ff10', 2000), 'hex'));
	create table empty ();
`;

describe('a dump of the embedded engine', () => {
	let postgres: RunningPostgres;

	beforeAll(async () => {
		postgres = await startPostgres({ major: 15 });
		const admin = await postgres.admin();
		await admin.query(SCHEMA);
		await admin.end();
	});
	afterAll(async () => await postgres?.stop());

	it('is what the native pg_dump of the same database says', async () => {
		const options = ['--no-owner'];
		const embedded = await embeddedSql(postgres.server(), options);
		const native = await nativeSql(postgres.server(), options);
		expect(embedded).toContain('€😀 20000');
		expect(embedded).toBe(native);
	});

	it('is a complete archive in custom format with all rows', async () => {
		const archive = await dumpArchive(postgres.server());
		expect(archive.warnings).toEqual([]);
		expect(archive.largeObjects).toBe(1);
		const rows = Object.fromEntries(archive.tables.map(({ name, rows }) => [name, rows]));
		expect(rows).toMatchObject({ 'Tab\tle': 20_000, parts_low: 99, parts_high: 201, child: 50 });
	});

	it('sees the snapshot that it is given, and not what came after', async () => {
		const session = await postgres.admin();
		const writer = await postgres.admin();
		await session.query('begin isolation level repeatable read read only');
		const { rows } = await session.query<{ id: string }>('select pg_export_snapshot() as id');
		await writer.query('insert into parent select generate_series(1000, 1099)');
		const options = { snapshotId: rows[0]?.id };
		const count = async (job: { snapshotId?: string }) =>
			(await dumpArchive(postgres.server(), job)).tables.find(({ name }) => name === 'parent')
				?.rows;
		expect(await count(options)).toBe(50);
		expect(await count({})).toBe(150);
		await writer.query('delete from parent where id >= 1000');
		await session.end();
		await writer.end();
	});

	it('obeys the options of the job', async () => {
		const archive = await dumpArchive(postgres.server(), {
			arguments: ['--exclude-table=parts*', '--exclude-table-data=child', '--no-large-objects'],
		});
		const names = archive.tables.map(({ name }) => name);
		expect(names).toContain('parent');
		expect(names).not.toContain('child');
		expect(names).not.toContain('parts_low');
		expect(archive.largeObjects).toBe(0);
	});

	it('passes on the warnings of pg_dump', async () => {
		const admin = await postgres.admin();
		await admin.query('create database circle');
		const circle = await postgres.admin('circle');
		await circle.query(`
			create table a (id int primary key, b int);
			create table b (id int primary key, a int references a);
			alter table a add foreign key (b) references b`);
		await circle.end();
		await admin.end();
		const { warnings } = await dumpArchive(postgres.server('circle'), {
			arguments: ['--data-only'],
		});
		expect(warnings[0]).toContain('pg_dump: warning: there are circular foreign-key constraints');
	});
});

describe.each([16, 18] as const)('a server of version %i', (major) => {
	it('is dumped', async () => {
		const postgres = await startPostgres({ major });
		try {
			const admin = await postgres.admin();
			await admin.query(SCHEMA);
			await admin.end();
			const archive = await dumpArchive(postgres.server());
			expect(archive.serverVersion).toMatch(new RegExp(`^${major}`));
			expect(archive.tables.reduce((sum, { rows }) => sum + rows, 0)).toBe(20_000 + 300 + 100);
		} finally {
			await postgres.stop();
		}
	});
});
