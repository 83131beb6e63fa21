import type { ArchiveToc, TocEntry } from '../../../core/postgres/archive/toc';
import { planRestore, type PlanOptions } from '../../../core/postgres/restore/restore-plan';

let ids = 0;
const entry = (kind: string, tag: string, more: Partial<TocEntry> = {}): TocEntry => ({
	...{ id: ++ids, kind, tag, hadData: false, section: 2, schema: 's', owner: 'boss' },
	...{ definition: `CREATE ${kind} ${tag};\n`, drop: `DROP ${kind} s.${tag};\n`, copy: null },
	...{ tablespace: null, tableAccessMethod: null, relationKind: '', dependencies: [] },
	...more,
});
const toc = (...entries: TocEntry[]): ArchiveToc => ({
	...{ version: '1.16', database: 'd', serverVersion: '15.1', pgDumpVersion: '18.3' },
	...{ encoding: 'UTF8', textIsExact: true, entries },
});
const OPTIONS: PlanOptions = {
	...{ owners: false, privileges: false, clean: false },
	target: {
		serverVersion: 150018,
		tablespaces: new Set(['pg_default', 'fast']),
		roles: new Set(['x', 'boss']),
	},
};
const plan = (entries: TocEntry[], options: Partial<PlanOptions> = {}) =>
	planRestore(toc(...entries), { ...OPTIONS, ...options });
const sql = (planned: readonly { statements: readonly string[]; rights: readonly string[] }[]) =>
	planned.flatMap(({ statements, rights }) =>
		[...statements, ...rights].map((statement) => statement.trim()),
	);

describe('planRestore', () => {
	it('keeps the order of the file, but privileges, matviews and event triggers for last', () => {
		const { main, last } = plan(
			[
				entry('TABLE', 'a'),
				entry('MATERIALIZED VIEW DATA', 'm', { definition: 'REFRESH MATERIALIZED VIEW s.m;' }),
				entry('EVENT TRIGGER', 'e'),
				entry('COMMENT', 'EVENT TRIGGER e', { definition: 'COMMENT ON EVENT TRIGGER e' }),
				entry('ACL', 'TABLE a', { definition: 'GRANT SELECT ON TABLE s.a TO x;' }),
				entry('INDEX', 'i'),
			],
			{ privileges: true },
		);
		expect(sql(main)).toEqual(['CREATE TABLE a;', 'CREATE INDEX i;']);
		expect(sql(last)).toEqual([
			'GRANT SELECT ON TABLE s.a TO x',
			'REFRESH MATERIALIZED VIEW s.m;',
			'CREATE EVENT TRIGGER e;',
			'COMMENT ON EVENT TRIGGER e',
		]);
	});

	it('leaves out the mark that a server of late 2026 keeps among the options of a column', () => {
		const definition = `CREATE TABLE s.t (
    a integer
);
ALTER TABLE ONLY s.t ALTER COLUMN a SET (n_distinct=7, pg_attver=3);
`;
		const { main } = plan([entry('TABLE', 't', { definition })]);
		expect(sql(main)).toEqual([definition.replace(', pg_attver=3', '').trim()]);
	});

	it('leaves out what an adaptation says, and takes its definitions', () => {
		const [gone, changed] = [entry('VIEW', 'gone'), entry('VIEW', 'changed')];
		const { main } = plan([gone, changed], {
			adaptation: {
				leaveOut: new Set([gone.id]),
				definitions: new Map([[changed.id, 'CREATE VIEW other;']]),
			},
		});
		expect(sql(main)).toEqual(['CREATE VIEW other;']);
	});

	it('leaves out the database itself, subscriptions, and privileges that nobody asked for', () => {
		const { main, last, warnings } = plan([
			entry('DATABASE', 'd'),
			entry('DATABASE PROPERTIES', 'd'),
			entry('COMMENT', 'DATABASE d'),
			entry('ACL', 'DATABASE d'),
			entry('ACL', 'TABLE a'),
			entry('DEFAULT ACL', 'DEFAULT PRIVILEGES FOR TABLES'),
			entry('SUBSCRIPTION', 'sub'),
			entry('COMMENT', 'SUBSCRIPTION sub'),
			entry('SCHEMA', 'public'),
			entry('STATISTICS DATA', 'a'),
		]);
		expect(sql([...main, ...last])).toEqual([]);
		expect(warnings).toEqual([expect.stringContaining('Subscription sub')]);
	});

	it('gives owners in the words that each kind needs', () => {
		const entries = [
			entry('TABLE', 'a"b', { owner: 'o"x' }),
			entry('FUNCTION', 'f(integer)', { drop: 'DROP FUNCTION s.f(integer);\n' }),
			entry('SCHEMA', 's', { schema: null }),
			entry('BLOB', '42', { schema: null, definition: "SELECT pg_catalog.lo_create('42');" }),
			entry('INDEX', 'i'),
			entry('EXTENSION', 'citext', { schema: null }),
		];
		const statements = sql(plan(entries, { owners: true }).main);
		expect(statements.filter((statement) => statement.startsWith('ALTER'))).toEqual([
			'ALTER TABLE "s"."a""b" OWNER TO "o""x"',
			'ALTER FUNCTION s.f(integer) OWNER TO "boss"',
			'ALTER SCHEMA "s" OWNER TO "boss"',
			'ALTER LARGE OBJECT 42 OWNER TO "boss"',
		]);
		expect(sql(plan(entries).main).join()).not.toContain('OWNER');
	});

	it('unfolds groups of large objects', () => {
		const group = entry('BLOB METADATA', '7', { definition: '7\n8\n9\n', schema: null });
		const { main, last } = plan(
			[
				group,
				entry('ACL', 'LARGE OBJECTS 7..9', {
					definition: 'GRANT SELECT ON LARGE OBJECT 7 TO x;',
					dependencies: [group.id],
				}),
			],
			{ privileges: true },
		);
		expect(sql(main)).toEqual([7, 8, 9].map((oid) => `SELECT pg_catalog.lo_create(${oid})`));
		expect(sql(last)).toEqual([7, 8, 9].map((oid) => `GRANT SELECT ON LARGE OBJECT ${oid} TO x`));
	});

	it('drops in reverse, only what is there', () => {
		const { drops } = plan(
			[
				entry('SCHEMA', 'public', { drop: '-- *not* dropping schema, since initdb creates it\n' }),
				entry('TABLE', 'a'),
				entry('VIEW', 'v', { drop: 'CREATE OR REPLACE VIEW s.v AS SELECT 1;\n' }),
				entry('CONSTRAINT', 'a k', { drop: 'ALTER TABLE ONLY s.a DROP CONSTRAINT k;\n' }),
				entry('DEFAULT', 'a id', { drop: 'ALTER TABLE s.a ALTER COLUMN id DROP DEFAULT;\n' }),
				entry('TRIGGER', 'a t', { drop: 'DROP TRIGGER t ON s.a;\n' }),
				entry('BLOB METADATA', '7', { definition: '7\n8\n', drop: 'SELECT lo_unlink(7)' }),
			],
			{ clean: true },
		);
		expect(sql(drops)).toEqual([
			'SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata WHERE oid IN (7, 8)',
			'DROP TRIGGER IF EXISTS t ON s.a;',
			'ALTER TABLE IF EXISTS s.a ALTER COLUMN id DROP DEFAULT;',
			'ALTER TABLE IF EXISTS ONLY s.a DROP CONSTRAINT IF EXISTS k;',
			'CREATE OR REPLACE VIEW s.v AS SELECT 1;',
			'DROP TABLE IF EXISTS s.a;',
		]);
	});

	it('puts tables where they were, as far as the server has the place', () => {
		const { main, warnings } = plan([
			entry('TABLE', 'a', { tablespace: 'fast', tableAccessMethod: 'heap' }),
			entry('TABLE', 'b', { tablespace: 'gone', tableAccessMethod: 'heap' }),
			entry('TABLE', 'c', { tablespace: '', tableAccessMethod: 'columnar' }),
			entry('TABLE', 'p', { tableAccessMethod: 'heap', relationKind: 'p' }),
		]);
		expect(sql(main)).toEqual([
			"SET default_tablespace = 'fast'",
			'SET default_table_access_method = "heap"',
			'CREATE TABLE a;',
			"SET default_tablespace = ''",
			'CREATE TABLE b;',
			'SET default_table_access_method = "columnar"',
			'CREATE TABLE c;',
			'CREATE TABLE p;',
		]);
		expect(warnings).toEqual([expect.stringContaining('no tablespace gone')]);
	});

	it('tells only newer servers what only they know', () => {
		const settings = (serverVersion: number) =>
			plan([], { target: { ...OPTIONS.target, serverVersion } }).settings.join();
		expect(settings(160014)).not.toContain('transaction_timeout');
		expect(settings(170000)).toContain('SET transaction_timeout = 0');
	});
});
