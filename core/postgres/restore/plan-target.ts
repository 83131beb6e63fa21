import type { ClientBase } from 'pg';
import type { PlanOptions } from './restore-plan';

/** What of the server that `client` is connected to shapes the plan of a restore. */
export async function describePlanTarget(client: ClientBase): Promise<PlanOptions['target']> {
	const { rows } = await client.query<{
		version: string;
		tablespaces: string[];
		roles: string[];
	}>(
		`SELECT pg_catalog.current_setting('server_version_num') AS version,
			ARRAY(SELECT t.spcname::text FROM pg_catalog.pg_tablespace t, pg_catalog.pg_database d
				WHERE d.datname = pg_catalog.current_database() AND (d.dattablespace = t.oid
					OR pg_catalog.has_tablespace_privilege(t.oid, 'CREATE'))) AS tablespaces,
			ARRAY(SELECT rolname::text FROM pg_catalog.pg_roles) AS roles`,
	);
	return {
		serverVersion: Number(rows[0]?.version),
		tablespaces: new Set(rows[0]?.tablespaces),
		roles: new Set(rows[0]?.roles),
	};
}
