import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { ConflictError } from '../../errors';
import type { PostgresServer } from '../connection';
import { dropDatabase } from './databases';
import { reconnectMaintenance } from './maintenance';
import { lockTarget } from './target-lock';

const SETTLE_LIMIT_MS = 30_000;
/** The removal of a large database takes its time, and a server that falls silent all of it. */
const LIMIT_MS = 5 * 60_000;

/**
 * After a failure: ends every session that the run still has, waits until their transactions are
 * undone, and drops the database that it was filling. Works with a connection of its own, since the
 * run's may be cut. Resolves with whether all of that could be done; never rejects.
 */
export async function cleanUp(
	server: PostgresServer,
	run: { database: string; purpose: string; restoreDatabase?: string },
): Promise<boolean> {
	try {
		const client = await reconnectMaintenance(server, {
			avoid: run.database,
			purpose: 'restore-cleanup',
			signal: AbortSignal.timeout(LIMIT_MS),
		});
		try {
			await endSessionsOf(client, `n8n-dr-${run.purpose}`);
			if (run.restoreDatabase !== undefined) await drop(client, run.database, run.restoreDatabase);
			return true;
		} finally {
			await client.end();
		}
	} catch {
		return false;
	}
}

/**
 * With its sessions the run has lost its lock. Another run that holds it now has seen to what was left,
 * and its own database may have this very name.
 */
async function drop(client: Client, target: string, restoreDatabase: string): Promise<void> {
	try {
		await lockTarget(client, target);
	} catch (error) {
		if (error instanceof ConflictError) return;
		throw error;
	}
	await dropDatabase(client, restoreDatabase);
}

/** A server at work on a statement does not notice that its client has gone. */
async function endSessionsOf(client: Client, application: string): Promise<void> {
	for (const limit = Date.now() + SETTLE_LIMIT_MS; Date.now() < limit; await sleep(50)) {
		const { rowCount } = await client.query(
			`SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
			WHERE application_name = $1`,
			[application],
		);
		if (rowCount === 0) return;
	}
	throw new Error('The sessions of the restore do not end');
}
