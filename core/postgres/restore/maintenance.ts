import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, DatabaseError } from 'pg';
import { ConnectionError, DisasterRecoveryError } from '../../errors';
import type { PostgresServer } from '../connection';
import { connectForLong } from '../long-session';

/** Every cluster is born with these; one of them lets us in to create and rename the others. */
const CANDIDATES = ['postgres', 'template1'];

/**
 * No such database, no right to connect, not in pg_hba.conf, takes no connections. After any other
 * failure, such as too many connections, the next run may get in: their locks would not meet.
 */
const REFUSALS = new Set(['3D000', '42501', '28000', '55000']);

/** How long a server may recover that says so, and how long one may say nothing at all. */
const RECOVERY_LIMIT_MS = 20_000;
const SILENCE_LIMIT_MS = 3_000;

/**
 * Logs in to a database other than `avoid`, for what cannot be done from within. Always the same
 * one for the same account, so that advisory locks meet. The caller ends the client.
 */
export async function connectMaintenance(
	server: PostgresServer,
	options: { avoid: string; purpose: string; signal?: AbortSignal },
): Promise<Client> {
	let refusal: unknown;
	for (const candidate of CANDIDATES.filter((name) => name !== options.avoid)) {
		try {
			return await connectForLong(server, { ...options, database: candidate });
		} catch (error) {
			if (!isRefusalForGood(error)) throw error;
			refusal = error;
		}
	}
	const reason = refusal instanceof DisasterRecoveryError ? ` ${refusal.message}` : '';
	throw new ConnectionError(
		`Neither database postgres nor template1 lets ${server.user} in.${reason}`,
		{
			hint: 'Allow the login to connect to the database postgres: databases are created and renamed from there.',
			cause: refusal,
		},
	);
}

/**
 * As `connectMaintenance`, but waits for a server that is coming back: when one of its sessions
 * crashes, Postgres ends all the others and needs a moment to recover.
 */
export async function reconnectMaintenance(
	...target: Parameters<typeof connectMaintenance>
): Promise<Client> {
	for (const startedAt = Date.now(); ; await sleep(200)) {
		try {
			return await connectMaintenance(...target);
		} catch (error) {
			if (Date.now() - startedAt > patienceWith(error)) throw error;
		}
	}
}

/** In milliseconds. */
function patienceWith(error: unknown): number {
	const code = refusalCode(error);
	if (code === undefined) return error instanceof ConnectionError ? SILENCE_LIMIT_MS : 0;
	// Ended by an administrator or a crash, or not ready yet.
	return code.startsWith('57P') ? RECOVERY_LIMIT_MS : 0;
}

function isRefusalForGood(error: unknown): boolean {
	return REFUSALS.has(refusalCode(error) ?? '');
}

/** What the server gave as its reason for not letting us in. */
function refusalCode(error: unknown): string | undefined {
	const cause = error instanceof ConnectionError ? error.cause : undefined;
	return cause instanceof DatabaseError ? cause.code : undefined;
}
