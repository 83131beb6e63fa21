import type { Client } from 'pg';
import { z } from 'zod';

/** What a server has, and what the login may do on it, as far as archives ask for it. */
export interface ServerOffer {
	readonly user: string;
	/** A superuser, or one of a hosted server that may do much of what else only superusers may. */
	readonly powerful: boolean;
	/** Whether only the superusers' limits of Postgres itself are in force. */
	readonly superuser: boolean;
	/** Extensions that can be installed, and whether whoever may create objects may do that. */
	readonly extensions: ReadonlyMap<string, { readonly trusted: boolean }>;
	readonly roles: ReadonlySet<string>;
	/** Those to which the login may give objects. */
	readonly assignableRoles: ReadonlySet<string>;
	/** Tablespaces in which the login may create something. */
	readonly tablespaces: ReadonlySet<string>;
	/** Settings that a function must not carry when this login creates it. */
	readonly forbiddenSettings: ReadonlySet<string>;
}

/**
 * Roles of hosted servers that stand in for a superuser. Which of a superuser's rights they have is
 * each host's own matter, so the server is asked by trying.
 */
const HOSTED_ADMINISTRATORS = [
	'rds_superuser',
	'azure_pg_admin',
	'cloudsqlsuperuser',
	'alloydbsuperuser',
	'neon_superuser',
	'supabase_admin',
];

const answer = z.object({
	user: z.string(),
	superuser: z.boolean(),
	hosted: z.boolean(),
	extensions: z.array(z.object({ name: z.string(), trusted: z.boolean() })),
	roles: z.array(z.object({ name: z.string(), assignable: z.boolean() })),
	tablespaces: z.array(z.string()),
	settings: z.array(z.string()),
});

/** Asks the server that `client` is connected to; which database that is does not matter. */
export async function readServerOffer(client: Client, version: number): Promise<ServerOffer> {
	const membership = version >= 160000 ? 'SET' : 'MEMBER';
	const mayBeSet = version >= 150000 ? "pg_catalog.has_parameter_privilege(name, 'SET')" : 'false';
	const { rows } = await client.query(
		`SELECT me.rolname AS "user", me.rolsuper AS superuser,
			EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($1)
				AND pg_catalog.pg_has_role(r.oid, 'MEMBER')) AS hosted,
			coalesce((SELECT json_agg(json_build_object('name', x.name, 'trusted',
					coalesce((to_jsonb(v)->>'trusted')::boolean, false)))
				FROM pg_catalog.pg_available_extensions x LEFT JOIN
					pg_catalog.pg_available_extension_versions v
					ON v.name = x.name AND v.version = x.default_version), '[]') AS extensions,
			(SELECT json_agg(json_build_object('name', rolname, 'assignable',
				pg_catalog.pg_has_role(oid, '${membership}'))) FROM pg_catalog.pg_roles) AS roles,
			ARRAY(SELECT spcname::text FROM pg_catalog.pg_tablespace
				WHERE pg_catalog.has_tablespace_privilege(oid, 'CREATE')) AS tablespaces,
			ARRAY(SELECT name FROM pg_catalog.pg_settings
				WHERE context = 'superuser' AND NOT me.rolsuper AND NOT ${mayBeSet}) AS settings
		FROM pg_catalog.pg_roles me WHERE me.rolname = current_user`,
		[HOSTED_ADMINISTRATORS],
	);
	const { user, superuser, hosted, ...facts } = answer.parse(rows[0]);
	const assignable = facts.roles.filter((role) => role.assignable);
	return {
		...{ user, superuser, powerful: superuser || hosted },
		extensions: new Map(facts.extensions.map(({ name, trusted }) => [name, { trusted }])),
		roles: new Set(facts.roles.map(({ name }) => name)),
		assignableRoles: new Set(assignable.map(({ name }) => name)),
		tablespaces: new Set(facts.tablespaces),
		forbiddenSettings: new Set(facts.settings),
	};
}
