import { createDump } from '../../../core/postgres/create-dump';
import { createDatabase as createAs } from '../../../core/postgres/restore/create-database';
import { restoreDump } from '../../../core/postgres/restore-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';

const NATIVE = '/usr/lib/postgresql/15/bin';
const LOCALES = {
	13: { plain: `ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'` },
	15: {
		icu: `LOCALE_PROVIDER icu ICU_LOCALE 'nl-NL-u-co-phonebk' LOCALE 'C'`,
		'icu in EUC_JP': `LOCALE_PROVIDER icu ICU_LOCALE 'ja' LOCALE 'C' ENCODING 'EUC_JP'`,
	},
	18: {
		icu: `LOCALE_PROVIDER icu ICU_LOCALE 'sv' LOCALE 'C'`,
		'icu with rules': `LOCALE_PROVIDER icu ICU_LOCALE 'en' ICU_RULES '&z < a' LOCALE 'C'`,
		builtin: `LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C'`,
		'builtin C': `LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C' LOCALE 'C' ENCODING 'LATIN1'`,
	},
} as const;
const CONTENT = `
	CREATE COLLATION "niet streng" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
	CREATE TABLE t (plain text, loose text COLLATE "niet streng" UNIQUE);
	INSERT INTO t VALUES ('z', 'Een'), ('a', 'twee'), ('B', 'DRIE'), ('c', NULL);
	CREATE INDEX ON t (plain)`;

let scratch: ScratchRepository;

beforeAll(async () => {
	scratch = await scratchRepository();
});
afterAll(async () => await scratch?.remove());

describe.each([13, 15, 18] as const)('on Postgres %i', (major) => {
	let postgres: RunningPostgres;

	beforeAll(async () => {
		postgres = await startPostgres({ major });
	});
	afterAll(async () => await postgres?.stop());

	const look = (database: string) =>
		withAdmin(postgres, database, async (admin) => {
			const { rows } = await admin.query(
				`SELECT to_jsonb(d) - '{oid,datname,datfrozenxid,datminmxid,dattablespace,datlastsysoid}'::text[] AS facts,
					ARRAY(SELECT plain FROM t ORDER BY plain) AS sorted,
					(SELECT count(*)::int FROM t WHERE loose = 'EEN') AS loose
				FROM pg_database d WHERE datname = current_database()`,
			);
			return rows[0] as unknown;
		});

	const restore = (backup: BackupRef, database: string, engine: 'own' | 'native' = 'own') =>
		restoreDump({
			...{ server: postgres.server(), repository: scratch.repository, backup, database },
			...{ mode: 'new-database', engine, owners: 'auto', privileges: 'auto' },
			...{ unsupported: 'refuse', binariesDirectory: NATIVE },
		});

	it.each(Object.entries(LOCALES[major]))(
		'a new database has %s as the source',
		async (name, options) => {
			await createDatabase(postgres, name, CONTENT, `TEMPLATE template0 ${options}`);
			const {
				id,
				name: of,
				component,
			} = await createDump(
				dumpInput(postgres, name, scratch.repository, {
					...{ name: `${name.replaceAll(' ', '-').toLowerCase()}-${major}`, engine: 'embedded' },
				}),
			);
			const { warnings } = await restore({ component, name: of, id }, `${name} copy`);
			expect(warnings).toEqual([]);
			expect(await look(`${name} copy`)).toEqual(await look(name));
		},
	);

	it.each([
		['UTF8', 'C.UTF-8', "the server's default"],
		['LATIN1', 'C', 'C'],
	])(
		'says what it uses in %s for a locale that the server lacks',
		async (encoding, used, named) => {
			const locale = 'xx_YY.nowhere';
			const properties = { encoding, collate: locale, ctype: locale, localeProvider: 'libc' };
			const warnings = await withAdmin(postgres, 'postgres', (admin) =>
				createAs(admin, `lacks ${encoding}`, { properties, serverVersion: major * 10_000 }),
			);
			expect(warnings).toEqual([
				expect.stringMatching(
					new RegExp(
						`locale ${locale} of libc for the encoding ${encoding}; ${named} is used.*install`,
					),
				),
			]);
			const [found] = await withAdmin(postgres, `lacks ${encoding}`, async (admin) => {
				const { rows } = await admin.query(
					`SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collate
				FROM pg_database WHERE datname = current_database()`,
				);
				return rows as unknown[];
			});
			expect(found).toEqual({ encoding, collate: used });
		},
	);

	if (major === 15) {
		it.each(['own', 'native'] as const)(
			'tables of a tablespace that is gone, by %s',
			async (engine) => {
				const tablespace = 'fast place';
				await withAdmin(postgres, 'postgres', async (admin) => {
					await admin.query('SET allow_in_place_tablespaces = on');
					await admin.query(`CREATE TABLESPACE "${tablespace}" LOCATION ''`);
				});
				await createDatabase(
					postgres,
					`in ${engine}`,
					`CREATE TABLE t (n int) TABLESPACE "${tablespace}"; INSERT INTO t VALUES (1), (2)`,
				);
				const { id, name, component } = await createDump(
					dumpInput(postgres, `in ${engine}`, scratch.repository, {
						...{ name: `tablespace-${engine}`, engine: 'native', binariesDirectory: NATIVE },
					}),
				);
				await withAdmin(postgres, 'postgres', async (admin) => {
					await admin.query(`DROP DATABASE "in ${engine}"`);
					await admin.query(`DROP TABLESPACE "${tablespace}"`);
				});
				const result = await restore({ component, name, id }, `in ${engine}`, engine);
				expect(result).toMatchObject({
					engine: { name: engine },
					rows: 2,
					checksumsCompared: true,
				});
				expect(result.warnings).toEqual([
					expect.stringContaining(
						engine === 'own' ? `no tablespace ${tablespace}` : 'in the default tablespace now',
					),
				]);
			},
		);
	}
});
