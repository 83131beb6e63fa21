import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { ConflictError } from '../../errors';

/**
 * Keeps every other restore away from `database` until `maintenance` is ended, however it ends.
 * Rejects with `ConflictError` where one is at it already.
 */
export async function lockTarget(maintenance: Client, database: string): Promise<void> {
	if (await tryLockTarget(maintenance, database)) return;
	throw new ConflictError(`Another restore or undo of database ${database} is running.`, {
		hint: 'Wait until it has ended, or cancel it, then start again.',
	});
}

/** The same, but resolves with whether nobody else was at it. */
export async function tryLockTarget(maintenance: Client, database: string): Promise<boolean> {
	const hash = createHash('sha256').update(`n8n-disaster-recovery restore ${database}`).digest();
	const { rows } = await maintenance.query<{ locked: boolean }>(
		'SELECT pg_catalog.pg_try_advisory_lock($1) AS locked',
		[hash.readBigInt64BE().toString()],
	);
	return rows[0]?.locked ?? false;
}
