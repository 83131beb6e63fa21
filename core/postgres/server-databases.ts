import { backupNameFor } from '../repository/naming';
import type { PostgresServer } from './connection';
import { isOfRestore } from './restore/database-names';
import { connectMaintenance } from './restore/maintenance';

/** A database of a server, as one who looks after its backups has to know it. */
export interface ServerDatabase {
	readonly database: string;
	/** What its backups are called where nobody gives them another name. */
	readonly backupName: string;
	/** Whether it is the one of the login. */
	readonly current: boolean;
	/** Whether this user can connect to it, without which there is no backup. */
	readonly accessible: boolean;
	/** Whether a restore or a restore test has left it, so that it needs no backup. */
	readonly ofRestore: boolean;
}

/**
 * All databases of the server, also those that this user cannot connect to; without templates and those
 * that let nobody in. Rejects as `connectMaintenance` does.
 */
export async function surveyDatabases(
	server: PostgresServer,
	signal?: AbortSignal,
): Promise<ServerDatabase[]> {
	const client = await connectMaintenance(server, {
		...{ avoid: '', purpose: 'survey' },
		...(signal && { signal }),
	});
	try {
		const { rows } = await client.query<{ database: string; accessible: boolean }>(
			`SELECT datname AS database, has_database_privilege(oid, 'CONNECT') AS accessible
			FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1`,
		);
		const names = rows.map(({ database }) => database);
		return rows.map(({ database, accessible }) => ({
			database,
			backupName: backupNameFor(database),
			current: database === server.database,
			accessible,
			ofRestore: isOfRestore(database, names),
		}));
	} finally {
		await client.end().catch(() => undefined);
	}
}
