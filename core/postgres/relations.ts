import type { ClientBase } from 'pg';

/** `pg_class.relkind` of what pg_dump can be asked for by name. */
type RelationKind =
	| 'r' /* table */
	| 'p' /* partitioned table */
	| 'v' /* view */
	| 'm' /* materialized view */
	| 'S' /* sequence */
	| 'f'; /* foreign table */

/** A relation of the database, with what a dump has to know of it. */
export interface Relation {
	oid: string;
	schema: string;
	name: string;
	/** As `format('%I.%I')` writes it: what the pickers give, and what SQL takes. */
	identifier: string;
	kind: RelationKind;
	unlogged: boolean;
	/** Oid of the partitioned table that this is a partition of. */
	parent: string | null;
	/** Belongs to an extension, which brings it along when it is created. */
	inExtension: boolean;
	/** Whether this user may read it, schema included. */
	readable: boolean;
	/** Whether row-level security would hide rows from this user. */
	rowSecurity: boolean;
}

/** Schemas of users: pg_dump leaves the others out by itself. */
const USER_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

/** Every relation in the schemas of users, by schema and name. One query, and no lock on any. */
export async function listRelations(client: ClientBase): Promise<Relation[]> {
	const result = await client.query<Relation>(
		`SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name,
			format('%I.%I', n.nspname, c.relname) AS identifier,
			c.relkind::text AS kind,
			c.relpersistence = 'u' AS unlogged,
			(SELECT i.inhparent::text FROM pg_catalog.pg_inherits i
				WHERE i.inhrelid = c.oid AND c.relispartition LIMIT 1) AS parent,
			EXISTS (SELECT FROM pg_catalog.pg_depend d
				WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
				AND d.deptype = 'e') AS "inExtension",
			coalesce(has_schema_privilege(n.oid, 'USAGE')
				AND has_table_privilege(c.oid, 'SELECT'), false) AS readable,
			c.relrowsecurity AND coalesce(row_security_active(c.oid), false) AS "rowSecurity"
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND ${USER_SCHEMA}
		ORDER BY n.nspname, c.relname`,
	);
	return result.rows;
}

/** Names of the schemas of users. */
export async function listSchemaNames(client: ClientBase): Promise<string[]> {
	const result = await client.query<{ name: string }>(
		`SELECT n.nspname AS name FROM pg_catalog.pg_namespace n WHERE ${USER_SCHEMA} ORDER BY 1`,
	);
	return result.rows.map(({ name }) => name);
}
