import type { ClientBase } from 'pg';

/** The table of locks that all sessions of a server share. */
export interface LockTable {
	/** The setting `max_locks_per_transaction`: an average, not a limit of any one transaction. */
	readonly perTransaction: number;
	/** Processes and prepared transactions of the server, each of which adds that much room. */
	readonly shares: number;
}

/** Any session may read these settings. */
export async function readLockTable(client: ClientBase): Promise<LockTable> {
	const { rows } = await client.query<LockTable>(
		`SELECT pg_catalog.current_setting('max_locks_per_transaction')::int AS "perTransaction",
			(SELECT sum(setting::int)::int FROM pg_catalog.pg_settings
				WHERE name IN ('max_connections', 'max_prepared_transactions', 'max_worker_processes',
					'autovacuum_max_workers', 'max_wal_senders')) AS shares`,
	);
	if (!rows[0]) throw new Error('The server did not answer');
	return rows[0];
}

/** How many locks have room, were nobody else there. */
export function roomOf({ perTransaction, shares }: LockTable): number {
	return perTransaction * shares;
}

/** The `max_locks_per_transaction` with which there is room for `locks`, with some to spare. */
export function settingFor(locks: number, { shares }: LockTable): number {
	const STEP = 64;
	return Math.ceil((locks * 1.25) / shares / STEP) * STEP;
}
