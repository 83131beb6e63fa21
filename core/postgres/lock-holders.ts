import type { ClientBase } from 'pg';
import { BackupError } from '../errors';
import { connect, type PostgresServer } from './connection';
import { isPgDumpLockTimeout } from './engines/pg-dump-failure';
import type { Relation } from './relations';

const LOOK_LIMIT_MS = 5_000;

interface Holder {
	table: string;
	pid: number;
	application: string | null;
	granted: boolean;
}

/** The error for tables that could not be locked in time, with who is in the way where it shows. */
export async function lockHeldError(
	client: ClientBase,
	tables: readonly Relation[],
	cause: Error,
): Promise<BackupError> {
	const [holder] = await holders(client, tables);
	const message = holder
		? `The table ${holder.table} is locked by ${describe(holder)}.`
		: `A table is locked by somebody else, one of: ${tables.map(({ identifier }) => identifier).join(', ')}.`;
	return new BackupError(`${message} The lock timeout ran out.`, {
		hint: 'Run the backup when that work is done, end that session, or raise the lock timeout.',
		cause,
	});
}

/**
 * Where pg_dump could not lock one of `tables` in time: the error that says who is in the way; any
 * other `error` as it is. pg_dump itself names nobody. One that waits for our own locks to end, to
 * shut out readers then, is in its way too.
 */
export async function nameLockHolder(
	server: PostgresServer,
	tables: readonly Relation[],
	error: unknown,
): Promise<unknown> {
	if (!isPgDumpLockTimeout(error)) return error;
	try {
		const signal = AbortSignal.timeout(LOOK_LIMIT_MS);
		const client = await connect(server, { purpose: 'lock-holders', signal });
		try {
			return await lockHeldError(client, tables, error);
		} finally {
			await client.end();
		}
	} catch {
		return error;
	}
}

/** Who holds, or waits for, the one kind of lock that shuts out readers; holders come first. */
async function holders(client: ClientBase, tables: readonly Relation[]): Promise<Holder[]> {
	const result = await client.query<Holder>(
		`SELECT format('%I.%I', n.nspname, c.relname) AS table, l.pid,
			nullif(a.application_name, '') AS application, l.granted
		FROM pg_catalog.pg_locks l
		JOIN pg_catalog.pg_database d ON d.oid = l.database AND d.datname = current_database()
		JOIN pg_catalog.pg_class c ON c.oid = l.relation
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
		WHERE l.mode = 'AccessExclusiveLock' AND l.relation = ANY ($1::oid[])
		ORDER BY l.granted DESC, l.pid`,
		[tables.map(({ oid }) => oid)],
	);
	return result.rows;
}

function describe({ pid, application, granted }: Holder): string {
	const who = application ? `session ${pid} (${application})` : `session ${pid}`;
	return granted ? who : `${who}, which itself waits for a lock on it`;
}
