import { type Client, DatabaseError } from 'pg';
import { ConnectionError, DisasterRecoveryError } from '../../errors';
import { connect, type PostgresServer } from '../connection';

/** Every cluster is born with these; one of them lets us in to create and rename the others. */
const CANDIDATES = ['postgres', 'template1'];

/**
 * No such database, no right to connect, not in pg_hba.conf, takes no connections. After any other
 * failure, such as too many connections, the next run may get in: their locks would not meet.
 */
const REFUSALS = new Set(['3D000', '42501', '28000', '55000']);

/** An account may have limits that are meant for its application; not every version has them all. */
const UNHURRIED = `SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
	WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_session_timeout',
		'idle_in_transaction_session_timeout', 'transaction_timeout', 'default_transaction_read_only')`;

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
			return await prepared(await connect(server, { ...options, database: candidate }));
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

function isRefusalForGood(error: unknown): boolean {
	const cause = error instanceof ConnectionError ? error.cause : undefined;
	return cause instanceof DatabaseError && REFUSALS.has(cause.code ?? '');
}

async function prepared(client: Client): Promise<Client> {
	try {
		await client.query(UNHURRIED);
		return client;
	} catch (error) {
		await client.end().catch(() => undefined);
		throw error;
	}
}
