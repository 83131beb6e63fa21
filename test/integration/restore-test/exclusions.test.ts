import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../../core/errors';
import { verifyDump } from '../../../core/postgres/verify-dump';
import { RestoreBench } from '../restore/restore-bench';

let bench: RestoreBench;
let folder: string;
let minute = 0;

beforeAll(async () => {
	bench = await RestoreBench.start();
	folder = await mkdtemp(join(tmpdir(), 'dr-exclude-'));
}, 60_000);
afterAll(async () => {
	await bench.stop();
	await rm(folder, { recursive: true, force: true });
});

const verify = async (database: string) => {
	const at = new Date(Date.UTC(2026, 0, 1, 0, minute++));
	try {
		return await verifyDump({
			...{
				repository: bench.repository,
				backup: await bench.backUp(database, { at }),
				level: 'restored',
			},
			restoreTest: { scratchDirectory: folder, cacheDirectory: join(folder, 'cache') },
		});
	} finally {
		expect((await readdir(folder)).filter((name) => name !== 'cache')).toEqual([]);
	}
};

it('makes do with other collations and compressions, and says so', async () => {
	await bench.create(
		'locales',
		`CREATE TABLE word (a text COMPRESSION lz4 COLLATE "cs-CZ-x-icu", b text COLLATE "C.utf8");
		INSERT INTO word SELECT 'č' || n, repeat('long ', 2000) FROM generate_series(1, 20) n;
		CREATE INDEX ON word (a COLLATE "de-x-icu");
		CREATE VIEW sorted AS SELECT a FROM word ORDER BY a COLLATE "sv-x-icu"`,
	);
	const result = await verify('locales');
	expect(result).toMatchObject({ outcome: 'passed', rows: 20, problems: [] });
	expect(result.warnings.join()).toMatch(/compression .* one table .* was not tested/);
});

it('names an extension that it does not have, with what needs it', async () => {
	await bench.create(
		'foreign',
		`CREATE EXTENSION postgres_fdw; CREATE EXTENSION citext;
		CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw;
		CREATE USER MAPPING FOR PUBLIC SERVER other;
		CREATE FOREIGN TABLE far (id int) SERVER other;
		CREATE VIEW farther AS SELECT id FROM far;
		CREATE TABLE near (name citext)`,
	);
	const result = await verify('foreign');
	expect(result).toMatchObject({ outcome: 'passed with exclusions', problems: [] });
	expect(result.restoreTest?.exclusions).toEqual([
		{
			object: 'EXTENSION postgres_fdw',
			reason: expect.any(String),
			dependents: expect.arrayContaining([
				...['SERVER other', 'FOREIGN TABLE public.far', 'VIEW public.farther'],
			]),
		},
	]);
});

it('refuses to leave out a table that has rows, and says what to do', async () => {
	await bench.create(
		'typed',
		`CREATE EXTENSION "uuid-ossp"; CREATE EXTENSION xml2; CREATE EXTENSION dblink;
		CREATE TABLE kept (id uuid DEFAULT uuid_generate_v4());
		CREATE TABLE lost (x int, ok bool DEFAULT xml_valid('<a/>')); INSERT INTO lost VALUES (1)`,
	);
	const failure = verify('typed');
	await expect(failure).rejects.toBeInstanceOf(ConfigurationError);
	await expect(failure).rejects.toMatchObject({
		message: expect.stringMatching(/public\.lost \(needs EXTENSION xml2, 1 rows?\)/),
		hint: expect.stringContaining('scratch server'),
	});
	await bench.sql('typed', 'DELETE FROM lost');
	expect(await verify('typed')).toMatchObject({ outcome: 'passed with exclusions', problems: [] });
});

it('refuses a dump in an encoding that it could not convert', async () => {
	await bench.sql(
		'postgres',
		"CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'",
	);
	await bench.sql('latin', 'CREATE TABLE t (a text)');
	await expect(verify('latin')).rejects.toThrow(/encoding LATIN1/);
});
