import type { Client } from 'pg';

/** A session on a database, for people. */
export interface Session {
	pid: number;
	user: string;
	application: string;
	address: string;
	/** Whether our account may end it. */
	endable: boolean;
}

/** What matters about the server and our account on it. */
export interface ServerRights {
	/** `server_version_num`, e.g. 150018. */
	version: number;
	user: string;
	superuser: boolean;
	createDatabase: boolean;
	/** A standby, on which nothing can be changed. */
	standby: boolean;
}

/** What matters about a database that is to be replaced. */
export interface TargetDatabase {
	oid: number;
	owner: string;
	/** Whether our account is, or is a member of, the owner. */
	owned: boolean;
	isTemplate: boolean;
	tablespace: string;
	preparedTransactions: string[];
	replicationSlots: string[];
	subscriptions: { name: string; enabled: boolean }[];
}

export async function readServerRights(client: Client): Promise<ServerRights> {
	const { rows } = await client.query<ServerRights>(
		`SELECT pg_catalog.current_setting('server_version_num')::int AS version,
			rolname AS "user", rolsuper AS superuser, rolsuper OR rolcreatedb AS "createDatabase",
			pg_catalog.pg_is_in_recovery() AS standby
		FROM pg_catalog.pg_roles WHERE rolname = current_user`,
	);
	if (!rows[0]) throw new Error('The account is not in pg_roles');
	return rows[0];
}

/** Undefined where there is no such database. */
export async function readTargetDatabase(
	client: Client,
	database: string,
): Promise<TargetDatabase | undefined> {
	const { rows } = await client.query<TargetDatabase>(
		`SELECT d.oid, pg_catalog.pg_get_userbyid(d.datdba) AS owner,
			pg_catalog.pg_has_role(d.datdba, 'MEMBER') AS owned,
			d.datistemplate AS "isTemplate",
			t.spcname AS tablespace,
			ARRAY(SELECT gid FROM pg_catalog.pg_prepared_xacts x WHERE x.database = d.datname)
				AS "preparedTransactions",
			ARRAY(SELECT slot_name::text FROM pg_catalog.pg_replication_slots s WHERE s.database = d.datname)
				AS "replicationSlots",
			coalesce((SELECT json_agg(json_build_object('name', subname, 'enabled', subenabled))
				FROM pg_catalog.pg_subscription s WHERE s.subdbid = d.oid), '[]') AS subscriptions
		FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
		WHERE d.datname = $1`,
		[database],
	);
	return rows[0];
}

/**
 * Sessions of clients; the server's own workers end by themselves. An account without the right to
 * see other people's sessions is not told their type.
 */
export async function readSessions(client: Client, databaseOid: number): Promise<Session[]> {
	const { rows } = await client.query<Session>(
		`SELECT a.pid, coalesce(a.usename, '') AS "user", coalesce(a.application_name, '') AS application,
			coalesce(a.client_addr::text, 'local') AS address,
			me.rolsuper OR NOT r.rolsuper AND (pg_catalog.pg_has_role(r.oid, 'USAGE')
				OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')) AS endable
		FROM pg_catalog.pg_stat_activity a
			JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
			JOIN pg_catalog.pg_roles me ON me.rolname = current_user
		WHERE a.datid = $1 AND a.pid <> pg_catalog.pg_backend_pid()
			AND coalesce(a.backend_type, 'client backend') IN ('client backend', 'walsender')`,
		[databaseOid],
	);
	return rows;
}

/** `pid 4711 (app, psql, 10.0.0.7), …` */
export function describeSessions(sessions: readonly Session[]): string {
	return sessions
		.map(
			({ pid, user, application, address }) =>
				`pid ${pid} (${[user, application, address].filter(Boolean).join(', ')})`,
		)
		.join(', ');
}
