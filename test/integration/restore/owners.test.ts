import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import { Client } from 'pg';
import { NATIVE_15, RestoreBench } from './restore-bench';

let bench: RestoreBench;
let backup: BackupRef;

beforeAll(async () => {
	bench = await RestoreBench.start();
	await bench.sql('postgres', "CREATE ROLE app LOGIN PASSWORD 'secret'");
	await bench.sql('postgres', "CREATE ROLE reader LOGIN PASSWORD 'secret'");
	await bench.sql('postgres', 'CREATE ROLE "gone; ""x"');
	await bench.sql('postgres', 'CREATE DATABASE shop OWNER app');
	await bench.sql(
		'shop',
		`SET ROLE app;
		CREATE TABLE item (id serial PRIMARY KEY, name text); INSERT INTO item (name) VALUES ('one');
		GRANT SELECT ON item TO reader WITH GRANT OPTION; GRANT INSERT ON item TO "gone; ""x";
		CREATE VIEW names AS SELECT name FROM item;
		SET ROLE reader; GRANT SELECT ON item TO PUBLIC; RESET ROLE;
		SET ROLE app; GRANT SELECT (name) ON names TO reader; RESET ROLE;
		CREATE TABLE of_gone (id int); ALTER TABLE of_gone OWNER TO "gone; ""x";
		ALTER TABLE item ENABLE ROW LEVEL SECURITY;
		CREATE POLICY "both" ON item FOR SELECT TO reader, "gone; ""x" USING (true);
		CREATE POLICY lost ON item AS RESTRICTIVE TO "gone; ""x" USING (id > 1);`,
	);
	backup = await bench.backUp('shop');
});
afterAll(() => bench.stop());

const restore = (changes: Partial<RestoreDumpInput> = {}) =>
	restoreDump({
		...{ server: bench.server(), repository: bench.repository, backup },
		...{ mode: 'swap', database: 'shop', engine: 'own', binariesDirectory: NATIVE_15 },
		...{ owners: 'auto', privileges: 'auto', unsupported: 'refuse' },
		...changes,
	});

/** What the application and a reader do, by their own logins. */
async function useAs(user: string, sql: string): Promise<unknown[]> {
	const client = new Client({ ...bench.server('shop'), user, password: 'secret', ssl: false });
	await client.connect();
	try {
		return (await client.query(sql)).rows as unknown[];
	} finally {
		await client.end();
	}
}

describe.each(['own', 'native'] as const)('A swap by a superuser with engine %s', (engine) => {
	it.each(['swap', 'existing-database'] as const)('keeps owners and grants (%s)', async (mode) => {
		const objects = await bench.objects('shop');
		const result = await restore({ engine, mode });
		expect(result).toMatchObject({ engine: { name: engine }, warnings: [] });
		expect(await bench.objects('shop')).toEqual(objects);
		await useAs('app', "INSERT INTO item (name) VALUES ('two'); CREATE TABLE public.more ()");
		expect(await useAs('reader', 'SELECT count(*)::int AS n FROM item')).toEqual([{ n: 2 }]);
		await useAs('app', 'DROP TABLE public.more');
	});
});

describe('Where a role does not exist', () => {
	beforeAll(async () => {
		await bench.sql('shop', 'DROP OWNED BY "gone; ""x"');
		for (const database of await bench.databases()) {
			if (database.includes('_before_')) await bench.sql('postgres', `DROP DATABASE "${database}"`);
		}
		await bench.sql('postgres', 'DROP ROLE "gone; ""x"');
	});

	it.each([
		['own', 'own'],
		['auto', 'own'],
	] as const)('leaves out what is for it, and says so (engine %s)', async (engine, used) => {
		const result = await restore({ engine });
		expect(result.engine.name).toBe(used);
		expect(result.warnings).toEqual([
			'Policy item both is not for gone; "x any more: the server has no such role.',
			'Policy item lost is not for gone; "x any more: the server has no such role.',
			expect.stringMatching(
				/^Belongs to postgres.*role "gone; "x" does not exist: TABLE public.of_gone/,
			),
			expect.stringMatching(/^Some grants were left out.*does not exist: on TABLE item/),
		]);
		expect(await useAs('reader', 'SELECT count(*)::int AS n FROM item')).toEqual([{ n: 1 }]);
		await useAs('app', "INSERT INTO item (name) VALUES ('two')");
		expect(
			await bench.sql('shop', 'SELECT polname, polroles::regrole[]::text AS roles FROM pg_policy'),
		).toEqual([{ polname: 'both', roles: '{reader}' }]);
	});

	it.each([{ owners: 'always' }, { privileges: 'always' }] as const)(
		'refuses before anything is touched where it was demanded: %j',
		async (choice) => {
			const databases = await bench.databases();
			await expect(restore(choice)).rejects.toMatchObject({
				name: 'ConfigurationError',
				message: expect.stringContaining('The server has no role gone; "x,') as string,
			});
			expect(await bench.databases()).toEqual(databases);
		},
	);

	it('says what pg_restore cannot do, when it is asked for by name', async () => {
		await expect(restore({ engine: 'native' })).rejects.toThrow('which pg_restore cannot do');
	});
});

describe('A database that was lost', () => {
	it('belongs to the owner that it had', async () => {
		await restore({ database: 'lost' });
		expect(
			await bench.sql(
				'postgres',
				"SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = 'lost'",
			),
		).toEqual([{ owner: 'app' }]);
	});
});
