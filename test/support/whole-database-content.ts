import { buffer } from 'node:stream/consumers';

import type { Client } from 'pg';

import type { PostgresServer } from '../../core/postgres/connection';
import { embeddedEngine } from '../../core/postgres/engines/embedded';

/**
 * The schema of a database in the words of one pg_dump for all versions of servers. Subscriptions are
 * left out, which a copy must not have, and the key that is drawn anew for each text of pg_dump.
 */
export async function schemaOf(server: PostgresServer, options: string[] = []): Promise<string> {
	const dump = embeddedEngine().dump(
		{
			server,
			database: server.database,
			arguments: ['--schema-only', '--format=plain', '--no-subscriptions', ...options],
		},
		new AbortController().signal,
	);
	const [sql] = await Promise.all([buffer(dump.stream), dump.finished]);
	return sql.toString('utf8').replace(/^\\(un)?restrict .*$/gm, '');
}

const SETTINGS = "SET timezone = 'UTC'; SET extra_float_digits = 3; SET search_path = ''";
const USER_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

/** What a database holds: every table's rows as a hash, every sequence, every large object. */
export async function contentOf(client: Client): Promise<Record<string, unknown>> {
	await client.query(SETTINGS);
	return {
		...(await tableContents(client)),
		sequences: await sequences(client),
		largeObjects: await largeObjects(client),
	};
}

async function tableContents(client: Client): Promise<Record<string, string>> {
	// By name: among tables that inherit, the order of columns is not kept by pg_dump.
	const tables = await client.query<{ name: string; row: string }>(
		`SELECT c.oid::regclass::text AS name, concat('ROW(', (
			SELECT string_agg('__row.' || quote_ident(attname), ', ' ORDER BY attname) FROM pg_attribute
			WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), ')') AS row
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND ${USER_SCHEMA} ORDER BY 1`,
	);
	const contents: Record<string, string> = {};
	for (const { name, row } of tables.rows) {
		const { rows } = await client.query<{ content: string }>(
			`SELECT concat(count(*), ' ', md5(string_agg(md5(${row}::text), '' ORDER BY md5(${row}::text)))) AS content
			FROM ONLY ${name} __row`,
		);
		contents[name] = rows[0]?.content ?? '';
	}
	return contents;
}

async function sequences(client: Client): Promise<Record<string, string>> {
	const { rows: names } = await client.query<{ name: string }>(
		`SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'S' AND ${USER_SCHEMA} ORDER BY 1`,
	);
	const values: Record<string, string> = {};
	for (const { name } of names) {
		const { rows } = await client.query<{ state: string }>(
			`SELECT concat(last_value, ' ', is_called) AS state FROM ${name}`,
		);
		values[name] = rows[0]?.state ?? '';
	}
	return values;
}

async function largeObjects(client: Client): Promise<string[]> {
	const { rows } = await client.query<{ object: string }>(
		`SELECT concat_ws(' ', oid, md5(lo_get(oid)), obj_description(oid, 'pg_largeobject')) AS object
		FROM pg_largeobject_metadata ORDER BY oid`,
	);
	return rows.map(({ object }) => object);
}

/** Where objects are catalogued that a dump brings back by name. */
const CATALOGUES = [
	...[
		'am',
		'cast',
		'class',
		'collation',
		'constraint',
		'conversion',
		'default_acl',
		'event_trigger',
	],
	...['extension', 'foreign_data_wrapper', 'foreign_server', 'language', 'namespace', 'opclass'],
	...[
		'operator',
		'opfamily',
		'policy',
		'proc',
		'publication',
		'rewrite',
		'statistic_ext',
		'transform',
	],
	...['trigger', 'ts_config', 'ts_dict', 'ts_parser', 'ts_template', 'type'],
];

/**
 * Kind, identity and comment of every object of a database, for comparison across versions of
 * servers, which write the same definition in different words. Left out is what comes along with another
 * object, which some versions have or name differently: types of tables and arrays, what belongs to a
 * range, NOT NULL constraints, what partitions have from their parent, and what extensions bring.
 */
export async function objectsOf(client: Client): Promise<string[]> {
	await client.query(SETTINGS);
	const all = CATALOGUES.map(
		(name) =>
			`SELECT 'pg_${name}'::regclass::oid AS classid, oid, 'pg_${name}' AS catalogue FROM pg_${name}`,
	).join(' UNION ALL ');
	const { rows } = await client.query<{ object: string }>(
		`SELECT concat_ws(' ', i.type, i.identity, obj_description(o.oid, o.catalogue)) AS object
		FROM (${all}) o, LATERAL pg_identify_object(o.classid, o.oid, 0) i
		WHERE o.oid >= 16384 AND i.schema IS DISTINCT FROM 'pg_toast'
			AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.oid = o.oid AND (c.contype = 'n' OR c.conparentid <> 0))
			AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.oid = o.oid AND (t.tgisinternal OR t.tgparentid <> 0))
			AND NOT EXISTS (SELECT FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
				WHERE t.oid = o.oid AND (t.typelem <> 0 OR c.relkind <> 'c' OR t.typtype = 'm'))
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.classid AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
		ORDER BY 1`,
	);
	return rows.map(({ object }) => object.replace(/^(transform .*) on language/, '$1 language'));
}
