import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedEngine } from '../../../core/postgres/engines/embedded';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import { NATIVE_15, RestoreBench } from './restore-bench';

/** Trusted, so that the owner of a database may create it. */
const TRUSTED = 'tcn';
const MISSING = 'xyz';

/** What the login may not create, in the order of the archive, and why. */
const FORBIDDEN = [
	'shell type public.mood (takes a superuser)',
	'function public.mood_in(cstring) (takes a superuser)',
	'function public.mood_out(public.mood) (takes a superuser)',
	'type public.mood (takes a superuser)',
	'cast CAST (text AS boolean) (takes a superuser)',
	'function public.hidden(text) (takes a superuser)',
	'function public.leak(integer) (takes a superuser)',
	'function public.quiet() (takes a superuser)',
	'operator family public.spare (takes a superuser)',
	'text search template public.nothing (takes a superuser)',
	'foreign data wrapper dummy (takes a superuser)',
	'publication everything (takes a superuser)',
	'event trigger audit (takes a superuser)',
];

describe.each([13, 15, 18] as const)('An ordinary login on Postgres %i', (major) => {
	let bench: RestoreBench;
	let plain: BackupRef;
	let special: BackupRef;
	let databases: string[];

	beforeAll(async () => {
		bench = await RestoreBench.start({ major });
		await bench.sql('postgres', "CREATE ROLE app LOGIN CREATEDB PASSWORD 'secret'");
		await bench.sql('postgres', 'CREATE ROLE reader');
		await bench.sql('postgres', 'CREATE DATABASE shop OWNER app');
		await bench.sql(
			'shop',
			`SET ROLE app;
			CREATE EXTENSION ${TRUSTED};
			CREATE SCHEMA own; CREATE SCHEMA IF NOT EXISTS extra;
			CREATE TYPE own.state AS ENUM ('a', 'b');
			CREATE TABLE own.item (id serial PRIMARY KEY, state own.state, CHECK (id > 0));
			INSERT INTO own.item (state) VALUES ('a'), ('b');
			CREATE VIEW own.seen AS SELECT id FROM own.item;
			CREATE MATERIALIZED VIEW own.kept AS SELECT id FROM own.item;
			ALTER TABLE own.item ENABLE ROW LEVEL SECURITY;
			CREATE POLICY readers ON own.item FOR SELECT TO reader USING (true);
			CREATE PUBLICATION one FOR TABLE own.item;
			CREATE FUNCTION own.f(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
			CREATE OPERATOR own.@@@ (FUNCTION = own.f, RIGHTARG = int);
			CREATE AGGREGATE own.total(int) (sfunc = int4pl, stype = int, initcond = '0');
			CREATE CAST (own.state AS int) WITH INOUT;
			CREATE STATISTICS own.both ON id, state FROM own.item;
			CREATE TEXT SEARCH CONFIGURATION own.words (COPY = simple);
			GRANT USAGE ON SCHEMA own TO reader; GRANT SELECT ON own.item TO reader;
			ALTER DEFAULT PRIVILEGES IN SCHEMA own GRANT SELECT ON TABLES TO reader;
			SELECT lo_from_bytea(0, 'large')`,
		);
		const engine = embeddedEngine();
		plain = await bench.backUp('shop', { at: new Date('2026-01-01T00:00:00Z'), engine });
		const sql = await readFile(join(__dirname, 'superuser-objects.sql'), 'utf8');
		await bench.create('special', sql);
		special = await bench.backUp('special', { at: new Date('2026-01-02T00:00:00Z'), engine });
		databases = await bench.databases();
	});
	afterAll(() => bench.stop());

	const restore = (backup: BackupRef, changes: Partial<RestoreDumpInput>) =>
		restoreDump({
			...{ server: { ...bench.server('shop'), user: 'app', password: 'secret' } },
			...{ repository: bench.repository, backup, binariesDirectory: NATIVE_15 },
			...{ mode: 'new-database', database: 'copy', engine: 'own' },
			...{ owners: 'auto', privileges: 'auto', unsupported: 'refuse' },
			...changes,
		});

	it.each(['new-database', 'existing-database', 'swap'] as const)(
		'brings its own database back (%s)',
		async (mode) => {
			const database = mode === 'new-database' ? 'copy' : 'shop';
			const schema = await bench.objects('shop');
			const result = await restore(plain, { mode, database });
			expect(result.warnings).toEqual([]);
			expect(await bench.objects(database)).toEqual(schema);
			expect(result).toMatchObject({ countsCompared: true, checksumsCompared: true, rows: 2 });
			databases = await bench.databases();
		},
	);

	it('is told all that it may not create before anything is touched', async () => {
		for (const mode of ['new-database', 'swap', 'existing-database'] as const) {
			const database = mode === 'new-database' ? 'new' : 'shop';
			const error: Error = await restore(special, { mode, database }).then(
				() => new Error('restored'),
				(failure: Error) => failure,
			);
			expect(error).toMatchObject({
				name: 'ConfigurationError',
				hint: expect.stringContaining('leave out what cannot be created') as string,
			});
			const [, list = ''] =
				/what the backup has: (.*)\. (?:Database shop is as it was|No database new was created)\./.exec(
					error.message,
				) ?? [];
			expect(list.split(/, (?=[a-z ]+ )/).sort()).toEqual([...FORBIDDEN].sort());
		}
		expect(await bench.databases()).toEqual(databases);
		expect(await bench.sql('shop', 'SELECT id FROM own.item ORDER BY 1')).toEqual([
			{ id: 1 },
			{ id: 2 },
		]);
	});

	it('gets the rest when it says so, with what was left out named', async () => {
		const result = await restore(special, { database: 'rest', unsupported: 'leave-out' });
		expect(result.warnings).toContainEqual(
			expect.stringMatching(/^Left out, since app cannot create it.*event trigger audit/),
		);
		expect(result.warnings).toContainEqual(
			expect.stringMatching(/^Left out too.*foreign table public\.far.*view public\.on_far/),
		);
		expect(await bench.sql('rest', 'SELECT name FROM item ORDER BY 1')).toEqual([
			{ name: 'one' },
			{ name: 'two' },
		]);
		expect(await bench.sql('rest', 'SELECT pubname FROM pg_publication')).toEqual([
			{ pubname: 'just_item' },
		]);
		expect(await bench.sql('rest', 'SELECT harmless()')).toHaveLength(1);
	});

	it('gives a superuser all of it', async () => {
		const result = await restore(special, { server: bench.server(), database: 'all of it' });
		expect(result.warnings).toEqual([]);
		expect(await bench.objects('all of it')).toEqual(await bench.objects('special'));
	});

	it('refuses an extension that the server does not have, whoever asks', async () => {
		const backup = await bench.backUp('shop', {
			...{ at: new Date('2026-01-03T00:00:00Z'), engine: embeddedEngine() },
			bend: { raw: (archive) => renamed(archive, TRUSTED, MISSING) },
		});
		for (const server of [bench.server(), undefined]) {
			await expect(restore(backup, { database: 'new', ...(server && { server }) })).rejects.toThrow(
				`extension ${MISSING} (not installed on the server)`,
			);
		}
	});
});

/** The names have the same length, so that the archive stays well formed. */
function renamed(archive: Buffer, from: string, to: string): Buffer {
	const copy = Buffer.from(archive);
	for (let at = copy.indexOf(from); at !== -1; at = copy.indexOf(from, at)) copy.write(to, at);
	return copy;
}
