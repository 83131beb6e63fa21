import type { Client } from 'pg';

/**
 * What a database holds, taken by plain queries and nothing of the product: a digest of every row
 * under its primary key, and the definitions of everything around the rows.
 */
export interface Census {
	rows: ReadonlyMap<string, ReadonlyMap<string, string>>;
	definitions: ReadonlySet<string>;
}

export interface TableDifference {
	table: string;
	/** How many rows the table had at the first census. */
	rows: number;
	missing: number;
	changed: number;
	added: number;
}

const TABLES = `
	select c.relname as table, format('%I.%I', n.nspname, c.relname) as name,
		string_agg(format('%I', a.attname), ', ' order by a.attnum) as key
	from pg_class c
	join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
	join pg_index i on i.indrelid = c.oid and i.indisprimary
	join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
	where c.relkind = 'r'
	group by n.nspname, c.relname
	order by c.relname`;

const DEFINITIONS = `
	select format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
		a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
	from pg_attribute a
	join pg_class c on c.oid = a.attrelid and c.relnamespace = 'public'::regnamespace
	left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
	where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'v')
	union all
	select format('constraint %s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(oid))
	from pg_constraint where connamespace = 'public'::regnamespace
	union all
	select format('index: %s', indexdef) from pg_indexes where schemaname = 'public'
	union all
	select format('view %s: %s', viewname, definition) from pg_views where schemaname = 'public'
	union all
	select format('trigger: %s', pg_get_triggerdef(oid)) from pg_trigger where not tgisinternal
	union all
	select format('function: %s', pg_get_functiondef(oid))
	from pg_proc where pronamespace = 'public'::regnamespace
	union all
	select format('type %s: %s', enumtypid::regtype, string_agg(enumlabel, ', ' order by enumsortorder))
	from pg_enum group by enumtypid
	union all
	select format('sequence %s stands at %s', sequencename, last_value)
	from pg_sequences where schemaname = 'public'`;

export async function takeCensus(client: Client): Promise<Census> {
	await client.query(`set timezone = 'UTC'`);
	const tables = await client.query<{ table: string; name: string; key: string }>(TABLES);
	const rows = new Map<string, Map<string, string>>();
	for (const { table, name, key } of tables.rows) {
		const digests = await client.query<[string, string]>({
			text: `select row(${key})::text, md5(t::text) from ${name} t`,
			rowMode: 'array',
		});
		rows.set(table, new Map(digests.rows));
	}
	const definitions = await client.query<[string]>({ text: DEFINITIONS, rowMode: 'array' });
	return { rows, definitions: new Set(definitions.rows.map(([line]) => line)) };
}

/** Compares row by row; a table that is gone has all of its rows missing. */
export function compareRows(before: Census, after: Census): TableDifference[] {
	const tables = new Set([...before.rows.keys(), ...after.rows.keys()]);
	return [...tables].map((table) => {
		const old = before.rows.get(table) ?? new Map<string, string>();
		const now = after.rows.get(table) ?? new Map<string, string>();
		const entries = [...old];
		return {
			table,
			rows: old.size,
			missing: entries.filter(([key]) => !now.has(key)).length,
			changed: entries.filter(([key, digest]) => now.has(key) && now.get(key) !== digest).length,
			added: [...now.keys()].filter((key) => !old.has(key)).length,
		};
	});
}

/** The definitions that are in one census only. */
export function compareDefinitions(before: Census, after: Census): string[] {
	return [
		...[...before.definitions].filter((definition) => !after.definitions.has(definition)),
		...[...after.definitions].filter((definition) => !before.definitions.has(definition)),
	];
}
