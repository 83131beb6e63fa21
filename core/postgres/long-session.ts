import { type Client, DatabaseError } from 'pg';
import { connect } from './connection';

/** An account may have limits that are meant for its application; not every version has them all. */
const UNHURRIED = `SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
	WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_session_timeout',
		'idle_in_transaction_session_timeout', 'transaction_timeout', 'default_transaction_read_only')`;

/** What is reported as done must not be undone by a crash of the server a moment later. */
const DURABLE = `SELECT pg_catalog.set_config(name, 'local', false) FROM pg_catalog.pg_settings
	WHERE name = 'synchronous_commit' AND setting = 'off'`;

/** Since Postgres 14. How soon a server at work on a long statement notices that its client has gone. */
const ATTENTIVE = `SELECT pg_catalog.set_config(name, '2s', false) FROM pg_catalog.pg_settings
	WHERE name = 'client_connection_check_interval'`;

/** The server's usual two hours are long for locks of one whose network went away without a word. */
const WATCHED = `SELECT pg_catalog.set_config(name, value, false)
	FROM (VALUES ('tcp_keepalives_idle', '60'), ('tcp_keepalives_interval', '10'),
		('tcp_keepalives_count', '6')) wanted (name, value)`;

/**
 * Logs in, as `connect` does, for work that may take hours: lifts the time limits of the account,
 * has commits reach the disk, and has the server give up soon after this process or the network to
 * it has died, so that neither locks nor work outlive it.
 */
export async function connectForLong(...target: Parameters<typeof connect>): Promise<Client> {
	const client = await connect(...target);
	try {
		// First of all, and without a look at anything: even the next statement can be too slow.
		await client.query('SET statement_timeout = 0');
		await client.query(UNHURRIED);
		await client.query(DURABLE);
		await client.query(ATTENTIVE).catch(unlessRefused);
		await client.query(WATCHED).catch(unlessRefused);
		return client;
	} catch (error) {
		await client.end().catch(() => undefined);
		throw error;
	}
}

/** Not every system that a server runs on can tell it of a closed connection, or ask for signs of life. */
function unlessRefused(error: unknown): void {
	if (!(error instanceof DatabaseError)) throw error;
}
