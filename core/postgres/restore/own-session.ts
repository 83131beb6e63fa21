import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

const SETTLE_LIMIT_MS = 20_000;

/** A session of ours on the server; its process number alone may be another's by now. */
export interface OwnSession {
	readonly pid: number;
	readonly since: string;
}

export async function ownSession(client: Client): Promise<OwnSession | undefined> {
	const { rows } = await client.query<OwnSession>(
		`SELECT pid, extract(epoch FROM backend_start)::text AS since
		FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()`,
	);
	return rows[0];
}

/**
 * Ends a session whose connection was lost, and resolves when it has gone: where the network went away
 * without a word, the server still waits for its next statement. Rejects when it stays.
 */
export async function endSession(client: Client, { pid, since }: OwnSession): Promise<void> {
	for (const limit = Date.now() + SETTLE_LIMIT_MS; ; await sleep(100)) {
		const { rowCount } = await client.query(
			`SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
			WHERE pid = $1 AND extract(epoch FROM backend_start)::text = $2`,
			[pid, since],
		);
		if (rowCount === 0) return;
		if (Date.now() > limit) throw new Error('The session that lost its connection does not end');
	}
}
