import type { Socket } from 'node:net';
import { Client } from 'pg';
import { DisasterRecoveryError } from '../errors';
import { cancelledWhileOpening, explainLoginError } from './connection-errors';
import { isPooled, requireOwnSession } from './pooler';
import { openServerStream } from './server-stream';

/** How the connection is encrypted, and whether the server has to prove who it is. */
export type TlsSettings =
	| { mode: 'disable' }
	/** Encrypted, but any server is believed. */
	| { mode: 'require' }
	/** Encrypted, with the certificate and its host name verified; `ca` is PEM. */
	| { mode: 'verify-full'; ca?: string };

/** A Postgres server and the account that is used on it. */
export interface PostgresServer {
	host: string;
	port: number;
	user: string;
	password: string;
	database: string;
	tls: TlsSettings;
}

/** A server that accepts the connection but does not finish the login in this time is given up. */
const LOGIN_TIMEOUT_MS = 15_000;

/**
 * Logs in, with an empty `search_path`. `purpose` shows up as `n8n-dr-<purpose>` in the server's
 * list of sessions; `database` overrides the server's own. Aborting `signal` cuts the connection,
 * now or later. The caller ends the client.
 *
 * Rejects with `ConnectionError` in plain language, also where a pooler on the way shares sessions
 * among its clients, or `CancelledError`. The loss of an established connection shows in the
 * queries, which then reject.
 */
export async function connect(
	server: PostgresServer,
	options: { purpose: string; database?: string; signal?: AbortSignal },
): Promise<Client> {
	const client = await logIn(server, options);
	try {
		// Before any setting: it would stay in a session that a pooler gives to others next.
		if (await isPooled(client)) await requireOwnSession(client, () => logIn(server, options));
		// Whoever may create functions in a schema of the usual path could put theirs before the server's.
		await client.query("SELECT pg_catalog.set_config('search_path', '', false)");
		return client;
	} catch (error) {
		void client.end().catch(() => undefined);
		if (options.signal?.aborted) throw cancelledWhileOpening(error);
		if (error instanceof DisasterRecoveryError) throw error;
		throw explainLoginError(server, options.database ?? server.database, error);
	}
}

async function logIn(
	server: PostgresServer,
	options: { purpose: string; database?: string; signal?: AbortSignal },
): Promise<Client> {
	const database = options.database ?? server.database;
	const { socket } = await openServerStream(server, options.signal);
	const client = new Client({
		host: server.host,
		port: server.port,
		user: server.user,
		// As a function, since an empty text would be replaced with PGPASSWORD or a password file.
		password: () => server.password,
		database,
		application_name: `n8n-dr-${options.purpose}`,
		ssl: false,
		stream: () => alreadyConnected(socket),
		connectionTimeoutMillis: LOGIN_TIMEOUT_MS,
	});
	// Without a listener the loss of an idle connection would end the whole process.
	client.on('error', () => undefined);
	try {
		await client.connect();
	} catch (error) {
		socket.destroy();
		if (options.signal?.aborted) {
			throw cancelledWhileOpening(error);
		}
		throw explainLoginError(server, database, error);
	}
	return client;
}

/** pg opens its stream by itself; this one is open, and encrypted where asked for. */
export function alreadyConnected(socket: Socket): Socket {
	return Object.assign(socket, {
		connect: () => {
			process.nextTick(() => socket.emit('connect'));
			return socket;
		},
	});
}
