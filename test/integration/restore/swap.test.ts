import { Client } from 'pg';
import { ConfigurationError, ConflictError, NotFoundError } from '../../../core/errors';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import { listKeptDatabases, undoSwap } from '../../../core/postgres/undo-swap';
import type { BackupRef } from '../../../core/repository/catalogue';
import { RestoreBench } from './restore-bench';

const KEPT = /^shop_before_\d{14}$/;

let bench: RestoreBench;
let backup: BackupRef;

beforeAll(async () => {
	bench = await RestoreBench.start();
	await bench.sql('postgres', 'CREATE ROLE app LOGIN PASSWORD $$app$$; CREATE ROLE boss');
	await bench.create(
		'source',
		`CREATE TABLE item (id int PRIMARY KEY, name text);
		INSERT INTO item SELECT n, 'item ' || n FROM generate_series(1, 500) n`,
	);
	backup = await bench.backUp('source');
});
afterAll(() => bench.stop());

beforeEach(async () => {
	await bench.create('shop', 'CREATE TABLE item (id int); INSERT INTO item VALUES (-1)');
});
afterEach(async () => {
	for (const name of await bench.databases()) {
		if (/^(shop|bench)/.test(name))
			await bench.sql('postgres', `DROP DATABASE "${name}" WITH (FORCE)`);
	}
});

const restore = (changes: Partial<RestoreDumpInput> = {}, signal?: AbortSignal) =>
	restoreDump(
		{
			...{ server: bench.server('shop'), repository: bench.repository, backup },
			...{
				mode: 'swap',
				database: 'shop',
				engine: 'own',
				owners: 'never',
				privileges: 'never',
				unsupported: 'refuse',
			},
			...changes,
		},
		{ ...(signal && { signal }) },
	);
const items = (database: string) =>
	bench.sql(database, 'SELECT count(*)::int AS count, min(id) AS min FROM item');

const RESTORED = [{ count: 500, min: 1 }];
const OLD = [{ count: 1, min: -1 }];

describe('Replacing by swap', () => {
	it('keeps the old database under another name, with a way back and forth', async () => {
		const result = await restore();
		expect(result).toMatchObject({ backupId: backup.id, mode: 'swap', tables: 1, rows: 500 });
		expect(result.dataAgeMs).toBeGreaterThan(0);
		const kept = result.keptDatabase ?? '';
		expect(kept).toMatch(KEPT);
		expect(await items('shop')).toEqual(RESTORED);
		expect(await items(kept)).toEqual(OLD);
		expect(await listKeptDatabases({ server: bench.server('shop'), database: 'shop' })).toEqual([
			kept,
		]);

		// Somebody looks into the old database; that must not be in the way.
		const visitor = await bench.postgres.admin(kept);
		const undone = await undoSwap({ server: bench.server('shop'), database: 'shop' });
		await expect(visitor.query('SELECT 1')).rejects.toThrow();
		await visitor.end();
		expect(undone).toMatchObject({ database: 'shop', broughtBack: kept });
		expect(undone.setAside).toMatch(/^shop_undone_\d{14}$/);
		expect(await items('shop')).toEqual(OLD);
		expect(await items(undone.setAside ?? '')).toEqual(RESTORED);
		await expect(undoSwap({ server: bench.server('shop'), database: 'shop' })).rejects.toThrow(
			NotFoundError,
		);
		expect(await bench.ownSessions()).toBe(0);
	});

	it('carries over what belongs to the database itself', async () => {
		await bench.sql(
			'postgres',
			`ALTER DATABASE shop OWNER TO boss;
			ALTER DATABASE shop CONNECTION LIMIT 17;
			ALTER DATABASE shop SET search_path TO "$user", "Odd ""one", public;
			ALTER DATABASE shop SET work_mem = '7MB';
			ALTER DATABASE shop SET my.setting = 'it''s';
			ALTER ROLE app IN DATABASE shop SET statement_timeout = '5s';
			REVOKE CONNECT ON DATABASE shop FROM PUBLIC;
			GRANT CONNECT ON DATABASE shop TO app WITH GRANT OPTION;
			COMMENT ON DATABASE shop IS 'It''s ours'`,
		);
		const facts = (name: string) =>
			bench.sql(
				'postgres',
				`SELECT pg_get_userbyid(datdba) AS owner, datconnlimit, shobj_description(d.oid, 'pg_database'),
					ARRAY(SELECT acl::text FROM unnest(datacl) acl ORDER BY 1) AS acl,
					ARRAY(SELECT setrole::regrole::text || ': ' || setconfig::text FROM pg_db_role_setting
						WHERE setdatabase = d.oid ORDER BY 1) AS settings
				FROM pg_database d WHERE datname = '${name}'`,
			);
		const before = await facts('shop');
		const { keptDatabase = '' } = await restore();
		expect(await facts('shop')).toEqual(before);
		expect(await facts(keptDatabase)).toEqual(before);
		const settings = await bench.sql('shop', "SELECT current_setting('my.setting') AS mine");
		expect(settings).toEqual([{ mine: "it's" }]);
	});

	it('brings a lost database back', async () => {
		await bench.sql('postgres', 'DROP DATABASE shop');
		const result = await restore();
		expect(result).not.toHaveProperty('keptDatabase');
		expect(await items('shop')).toEqual(RESTORED);
	});

	it('replaces the database postgres too', async () => {
		await bench.sql('postgres', 'CREATE TABLE item (id int); INSERT INTO item VALUES (-1)');
		const { keptDatabase = '' } = await restore({ database: 'postgres' });
		expect(await items('postgres')).toEqual(RESTORED);
		await undoSwap({ server: bench.server('postgres'), database: 'postgres', keptDatabase });
		expect(await items('postgres')).toEqual(OLD);
		await bench.sql('postgres', 'DROP TABLE item');
	});

	it('lets writing sessions reconnect to the new database, and to nothing in between', async () => {
		const seen: string[] = [];
		let stop = false;
		const writers = Array.from({ length: 4 }, async () => {
			while (!stop) {
				const client = new Client({ ...bench.server('shop'), ssl: false });
				client.on('error', () => undefined);
				try {
					await client.connect();
					while (!stop) {
						const { rows } = await client.query<{ id: number }>('SELECT min(id) AS id FROM item');
						seen.push(rows[0]?.id === 1 ? 'new' : 'old');
						await client.query('INSERT INTO item VALUES (100000)').catch((error: Error) => {
							if (!/duplicate key/.test(error.message)) throw error;
						});
					}
				} catch {
					seen.push('ended');
				} finally {
					await client.end().catch(() => undefined);
				}
			}
		});
		await restore();
		for (const limit = Date.now() + 10_000; seen.at(-1) !== 'new' && Date.now() < limit;) {
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
		stop = true;
		await Promise.all(writers);
		expect(seen[0]).toBe('old');
		expect(seen).toContain('ended');
		expect(seen.at(-1)).toBe('new');
		const firstNew = seen.indexOf('new');
		expect(seen.slice(firstNew)).not.toContain('old');
	}, 60_000);

	it('drops what a dead run has left, and nothing else', async () => {
		await bench.create(`shop_restore_${backup.id}`);
		await bench.sql(
			'postgres',
			`COMMENT ON DATABASE "shop_restore_${backup.id}" IS
				'Being restored, may be dropped when no restore is running. For database: shop'`,
		);
		await bench.sql('postgres', 'CREATE DATABASE shop_restore_mine');
		const { warnings } = await restore();
		expect(warnings).toEqual([
			'Database shop has the content of source now.',
			expect.stringContaining(`shop_restore_${backup.id}`),
		]);
		expect((await bench.databases()).filter((name) => name.includes('_restore_'))).toEqual([
			'shop_restore_mine',
		]);
	});

	it('refuses a second restore of the same database at the same time', async () => {
		const results = await Promise.allSettled([restore(), restore(), restore()]);
		const refusals = results.filter((result) => result.status === 'rejected');
		expect(refusals).toHaveLength(2);
		for (const { reason } of refusals) expect(reason).toBeInstanceOf(ConflictError);
		expect(await items('shop')).toEqual(RESTORED);
	});

	it('refuses a database with prepared transactions or an active subscription', async () => {
		await bench.sql('shop', "BEGIN; INSERT INTO item VALUES (2); PREPARE TRANSACTION 'two'");
		await expect(restore()).rejects.toThrow('prepared transactions: two');
		await bench.sql('shop', "ROLLBACK PREPARED 'two'");
		await bench.sql(
			'shop',
			"CREATE SUBSCRIPTION sub CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false); ALTER SUBSCRIPTION sub SET (slot_name = NONE)",
		);
		const { keptDatabase = '', warnings } = await restore();
		expect(warnings).toContainEqual(expect.stringContaining('Subscription sub stays'));
		await bench.sql(keptDatabase, 'DROP SUBSCRIPTION sub');
	});

	it('refuses what the account may not do, before anything is touched', async () => {
		const server = { ...bench.server('shop'), user: 'app', password: 'app' };
		await expect(restore({ server })).rejects.toThrow('may not create databases');
		await bench.sql('postgres', 'ALTER ROLE app CREATEDB');
		await expect(restore({ server })).rejects.toThrow('belongs to postgres');
		await bench.sql('postgres', 'ALTER DATABASE shop OWNER TO app');
		const superuser = await bench.postgres.admin('shop');
		await expect(restore({ server })).rejects.toThrow(ConfigurationError);
		await expect(restore({ server })).rejects.toThrow('may not end these sessions');
		await superuser.end();
		expect(await items('shop')).toEqual(OLD);
		// Now nothing is in the way: an ordinary owner can restore.
		expect(await restore({ server })).toMatchObject({ rows: 500 });
		expect(await items('shop')).toEqual(RESTORED);
		await bench.sql('postgres', 'ALTER ROLE app NOCREATEDB');
	});

	it('knows databases with the longest and oddest names', async () => {
		for (const database of ['shop', 'ä'.repeat(31), 'x'.repeat(63), '"; DROP DATABASE "shop']) {
			if (database !== 'shop') {
				await bench.create(database, 'CREATE TABLE item (id int); INSERT INTO item VALUES (-1)');
			}
			const { keptDatabase = '' } = await restore({ database });
			expect(Buffer.byteLength(keptDatabase)).toBeLessThanOrEqual(63);
			expect(await items(keptDatabase)).toEqual(OLD);
			const server = bench.server(database);
			expect(await listKeptDatabases({ server, database })).toEqual([keptDatabase]);
			const { setAside = '' } = await undoSwap({ server, database, keptDatabase });
			expect(await items(database)).toEqual(OLD);
			if (database === 'shop') continue;
			for (const name of [database, setAside]) {
				await bench.sql('postgres', `DROP DATABASE "${name.replaceAll('"', '""')}"`);
			}
		}
	}, 60_000);
});

describe('A new database', () => {
	it('is refused where the name is taken', async () => {
		await expect(restore({ mode: 'new-database' })).rejects.toThrow(ConflictError);
		expect(await items('shop')).toEqual(OLD);
	});

	it('gets encoding and locale of the source', async () => {
		await bench.sql(
			'postgres',
			"CREATE DATABASE shop_latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
		);
		await bench.sql('shop_latin', "CREATE TABLE item AS SELECT 1 AS id, 'Größe' AS name");
		const latin = await bench.backUp('shop_latin', { at: new Date('2026-02-01T00:00:00Z') });
		await restore({ mode: 'new-database', database: 'shop_copy', backup: latin });
		expect(
			await bench.sql(
				'shop_copy',
				"SELECT name, pg_encoding_to_char(encoding) AS encoding, datcollate FROM item, pg_database WHERE datname = 'shop_copy'",
			),
		).toEqual([{ name: 'Größe', encoding: 'LATIN1', datcollate: 'C' }]);
	});
});

describe('Undo', () => {
	it('refuses a database that no restore has kept', async () => {
		await expect(
			undoSwap({ server: bench.server('shop'), database: 'shop', keptDatabase: 'source' }),
		).rejects.toThrow(ConfigurationError);
		expect(await bench.databases()).toContain('source');
	});
});
