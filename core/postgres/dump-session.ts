import type { Client } from 'pg';
import { connect, type PostgresServer } from './connection';
import { connectForLong } from './long-session';

/** An unreachable server must not hold up the end of a run for longer. */
const CLEAN_UP_TIMEOUT_MS = 5_000;
const PURPOSE = 'snapshot';

/** The session that holds the locks and the snapshot of a dump. */
export interface DumpSession {
	readonly client: Client;
	/** Ends the session on both sides, also where its connection was cut in the middle of a query. */
	close(): Promise<void>;
}

/** Logs in for a dump; aborting `signal` cuts the connection. */
export async function openDumpSession(
	server: PostgresServer,
	signal: AbortSignal,
): Promise<DumpSession> {
	const client = await connectForLong(server, { purpose: PURPOSE, signal });
	const result = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
	const pid = result.rows[0]?.pid;
	return {
		client,
		close: async () => {
			try {
				await client.query('ROLLBACK');
				await client.end();
			} catch {
				// The server goes on with a query whose client is gone, and keeps its locks meanwhile.
				await terminate(server, pid).catch(() => undefined);
			}
		},
	};
}

async function terminate(server: PostgresServer, pid: number | undefined): Promise<void> {
	const signal = AbortSignal.timeout(CLEAN_UP_TIMEOUT_MS);
	const client = await connect(server, { purpose: 'cleanup', signal });
	try {
		await client.query(
			`SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
			WHERE pid = $1 AND application_name = $2`,
			[pid, `n8n-dr-${PURPOSE}`],
		);
	} finally {
		await client.end();
	}
}
