import type { ClientBase } from 'pg';
import type { ObjectList } from './object-list';

const USER_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
const RELATION_OF = (column: string) => `JOIN pg_catalog.pg_class c ON c.oid = ${column}
	JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND ${USER_SCHEMA}`;

/** Queries for kind, schema and name, the latter as pg_dump writes it in a table of contents. */
const QUERIES: readonly { readonly kinds: readonly string[]; readonly sql: string }[] = [
	{
		kinds: ['TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE', 'FOREIGN TABLE', 'INDEX'],
		sql: `SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
				WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'i' THEN 'INDEX'
				WHEN 'I' THEN 'INDEX' ELSE 'TABLE' END, n.nspname, c.relname
			FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') AND ${USER_SCHEMA}`,
	},
	...[
		{ kind: 'TABLE ATTACH', is: "c.relispartition AND c.relkind IN ('r', 'p', 'f')" },
		{ kind: 'INDEX ATTACH', is: "c.relispartition AND c.relkind IN ('i', 'I')" },
		{ kind: 'ROW SECURITY', is: 'c.relrowsecurity' },
		{ kind: 'MATERIALIZED VIEW DATA', is: "c.relkind = 'm' AND c.relispopulated" },
	].map(({ kind, is }) => ({
		kinds: [kind],
		sql: `SELECT '${kind}', n.nspname, c.relname FROM pg_catalog.pg_class c
			JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE ${is}`,
	})),
	{
		kinds: ['SEQUENCE OWNED BY'],
		sql: `SELECT 'SEQUENCE OWNED BY', n.nspname, c.relname FROM pg_catalog.pg_depend d
			${RELATION_OF('d.objid')}
			WHERE d.classid = 'pg_catalog.pg_class'::regclass AND c.relkind = 'S'
			AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjsubid > 0
			AND d.deptype IN ('a', 'i')`,
	},
	{
		kinds: ['DEFAULT'],
		sql: `SELECT 'DEFAULT', n.nspname, c.relname || ' ' || a.attname FROM pg_catalog.pg_attrdef d
			${RELATION_OF('d.adrelid')}
			JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum`,
	},
	{
		kinds: ['CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT'],
		sql: `SELECT CASE o.contype WHEN 'c' THEN 'CHECK CONSTRAINT' WHEN 'f' THEN 'FK CONSTRAINT'
				ELSE 'CONSTRAINT' END, n.nspname, coalesce(c.relname, t.typname) || ' ' || o.conname
			FROM pg_catalog.pg_constraint o JOIN pg_catalog.pg_namespace n ON n.oid = o.connamespace
			LEFT JOIN pg_catalog.pg_class c ON c.oid = o.conrelid
			LEFT JOIN pg_catalog.pg_type t ON t.oid = o.contypid WHERE ${USER_SCHEMA}`,
	},
	...[
		{ kind: 'TRIGGER', of: 'pg_trigger', table: 'x.tgrelid', name: 'x.tgname' },
		{ kind: 'RULE', of: 'pg_rewrite', table: 'x.ev_class', name: 'x.rulename' },
		{ kind: 'POLICY', of: 'pg_policy', table: 'x.polrelid', name: 'x.polname' },
	].map(({ kind, of, table, name }) => ({
		kinds: [kind],
		sql: `SELECT '${kind}', n.nspname, c.relname || ' ' || ${name}
			FROM pg_catalog.${of} x ${RELATION_OF(table)}`,
	})),
	{
		kinds: ['FUNCTION', 'PROCEDURE', 'AGGREGATE'],
		sql: `SELECT CASE p.prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE'
				ELSE 'FUNCTION' END, n.nspname, p.proname || '(' || coalesce((
					SELECT string_agg(format_type(a.type, NULL), ', ' ORDER BY a.place)
					FROM unnest(p.proargtypes) WITH ORDINALITY a(type, place)),
				CASE p.prokind WHEN 'a' THEN '*' ELSE '' END) || ')'
			FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
			WHERE ${USER_SCHEMA}`,
	},
	...[
		{ kind: 'DOMAIN', of: 'pg_type', in: 'typnamespace', name: 'typname' },
		{ kind: 'TYPE', of: 'pg_type', in: 'typnamespace', name: 'typname' },
		{ kind: 'SHELL TYPE', of: 'pg_type', in: 'typnamespace', name: 'typname' },
		{ kind: 'COLLATION', of: 'pg_collation', in: 'collnamespace', name: 'collname' },
		{ kind: 'CONVERSION', of: 'pg_conversion', in: 'connamespace', name: 'conname' },
		{ kind: 'OPERATOR', of: 'pg_operator', in: 'oprnamespace', name: 'oprname' },
		{ kind: 'OPERATOR CLASS', of: 'pg_opclass', in: 'opcnamespace', name: 'opcname' },
		{ kind: 'OPERATOR FAMILY', of: 'pg_opfamily', in: 'opfnamespace', name: 'opfname' },
		{ kind: 'STATISTICS', of: 'pg_statistic_ext', in: 'stxnamespace', name: 'stxname' },
		{ kind: 'TEXT SEARCH PARSER', of: 'pg_ts_parser', in: 'prsnamespace', name: 'prsname' },
		{ kind: 'TEXT SEARCH DICTIONARY', of: 'pg_ts_dict', in: 'dictnamespace', name: 'dictname' },
		{ kind: 'TEXT SEARCH TEMPLATE', of: 'pg_ts_template', in: 'tmplnamespace', name: 'tmplname' },
		{ kind: 'TEXT SEARCH CONFIGURATION', of: 'pg_ts_config', in: 'cfgnamespace', name: 'cfgname' },
	].map(({ kind, of, in: schema, name }) => ({
		kinds: [kind],
		sql: `SELECT '${kind}', n.nspname, x.${name} FROM pg_catalog.${of} x
			JOIN pg_catalog.pg_namespace n ON n.oid = x.${schema} AND ${USER_SCHEMA}`,
	})),
	...[
		{ kind: 'SCHEMA', of: 'pg_namespace', name: 'nspname' },
		{ kind: 'EXTENSION', of: 'pg_extension', name: 'extname' },
		{ kind: 'ACCESS METHOD', of: 'pg_am', name: 'amname' },
		{ kind: 'PROCEDURAL LANGUAGE', of: 'pg_language', name: 'lanname' },
		{ kind: 'FOREIGN DATA WRAPPER', of: 'pg_foreign_data_wrapper', name: 'fdwname' },
		{ kind: 'SERVER', of: 'pg_foreign_server', name: 'srvname' },
		{ kind: 'PUBLICATION', of: 'pg_publication', name: 'pubname' },
		{ kind: 'EVENT TRIGGER', of: 'pg_event_trigger', name: 'evtname' },
	].map(({ kind, of, name }) => ({
		kinds: [kind],
		sql: `SELECT '${kind}', '', ${name} FROM pg_catalog.${of}`,
	})),
	{
		kinds: ['CAST'],
		sql: `SELECT 'CAST', '', 'CAST (' || format_type(castsource, NULL) || ' AS ' ||
			format_type(casttarget, NULL) || ')' FROM pg_catalog.pg_cast`,
	},
	{
		kinds: ['TRANSFORM'],
		sql: `SELECT 'TRANSFORM', '', 'TRANSFORM FOR ' || format_type(t.trftype, NULL) || ' LANGUAGE ' ||
			l.lanname FROM pg_catalog.pg_transform t JOIN pg_catalog.pg_language l ON l.oid = t.trflang`,
	},
	{
		kinds: ['USER MAPPING'],
		sql: `SELECT 'USER MAPPING', '', 'USER MAPPING ' || usename || ' SERVER ' || srvname
			FROM pg_catalog.pg_user_mappings`,
	},
	{
		kinds: ['PUBLICATION TABLE'],
		sql: `SELECT 'PUBLICATION TABLE', n.nspname, p.pubname || ' ' || c.relname
			FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
			${RELATION_OF('r.prrelid')}`,
	},
	{
		// Since Postgres 15, as its catalogue is.
		kinds: ['PUBLICATION TABLES IN SCHEMA'],
		sql: `SELECT 'PUBLICATION TABLES IN SCHEMA', n.nspname, p.pubname || ' ' || n.nspname
			FROM pg_catalog.pg_publication_namespace r
			JOIN pg_catalog.pg_publication p ON p.oid = r.pnpubid
			JOIN pg_catalog.pg_namespace n ON n.oid = r.pnnspid`,
	},
];

/** Kinds that the catalogue can be asked for. Others, of a pg_dump to come, are told to people. */
export const KNOWN_KINDS: ReadonlySet<string> = new Set(QUERIES.flatMap(({ kinds }) => kinds));

/**
 * The objects of the given kinds in the schemas of users. Types of arguments are written as pg_dump
 * does only with an empty `search_path`.
 */
export async function readObjects(
	client: ClientBase,
	kinds: ReadonlySet<string>,
): Promise<ObjectList> {
	const wanted = QUERIES.filter((query) => query.kinds.some((kind) => kinds.has(kind)));
	const groups = new Map<string, ObjectList[number]>();
	for (const { sql } of wanted) {
		const { rows } = await client.query<{ kind: string; schema: string; name: string }>(
			`SELECT q.kind::text, q.schema::text, q.name::text FROM (${sql}) q(kind, schema, name)`,
		);
		for (const { kind, schema, name } of rows) {
			const key = JSON.stringify([kind, schema]);
			const group = groups.get(key) ?? { kind, schema, names: [] };
			group.names.push(name);
			groups.set(key, group);
		}
	}
	return [...groups.values()];
}
