import type { Socket } from 'node:net';
import { AbstractConnector, Redis } from 'ioredis';
import { ConnectionError } from '../errors';
import { cancelledWhileOpening, errorMessage } from '../network/connection-errors';
import { explainLoginError } from './command-errors';
import { authArguments, commandName, endpointOf, type RedisServer } from './server';
import { openServerSocket } from './server-socket';

/** A server that is asked something and sends no byte for so long is given up. */
const SILENCE_MS = 60_000;

/**
 * Logs in and selects the server's database. The client never reconnects: a lost connection shows in
 * its commands, which reject. Aborting `signal` cuts the connection, now or later. The caller ends the
 * client with `disconnect()`.
 *
 * Rejects with `ConnectionError` in plain language, `ConfigurationError` or `CancelledError`.
 */
export async function connect(server: RedisServer, signal?: AbortSignal): Promise<Redis> {
	return await logInOver(await openServerSocket(server, signal), server, signal);
}

/** The same over a stream that is open. */
export async function logInOver(
	socket: Socket,
	server: RedisServer,
	signal?: AbortSignal,
): Promise<Redis> {
	const client = new Redis({
		Connector: connectorFor(socket),
		...{ lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: null },
		// Each of these sends a command that an ACL user with few rights may not use.
		...{ protocol: 2, disableClientInfo: true, enableReadyCheck: false },
		socketTimeout: SILENCE_MS,
	});
	// Without a listener the loss of an idle connection would end the whole process.
	client.on('error', () => undefined);
	try {
		await client.connect();
		await logIn(client, server);
		return client;
	} catch (error) {
		client.disconnect();
		socket.destroy();
		if (signal?.aborted) throw cancelledWhileOpening(error);
		throw explain(server, error);
	}
}

async function logIn(client: Redis, server: RedisServer): Promise<void> {
	const login = authArguments(server);
	if (login) await client.call(commandName(server, 'AUTH'), ...login);
	if (server.database !== 0) {
		await client.call(commandName(server, 'SELECT'), server.database);
	}
	if (login) return;
	// The first command shows whether the server asks for a password; it need not be allowed.
	await client.ping().catch((error: unknown) => {
		if (!/^NOPERM/.test(errorMessage(error))) throw error;
	});
}

function explain(server: RedisServer, error: unknown): ConnectionError {
	if (/connection is closed|socket timeout/i.test(errorMessage(error))) {
		const { host, port } = endpointOf(server);
		return new ConnectionError(
			`What answers at ${host}:${port} closed the connection during the login.`,
			{
				hint: 'Check that a Redis server listens on this host and port, and its log; it may accept TLS only.',
				cause: error,
			},
		);
	}
	return explainLoginError(server, error);
}

/** ioredis opens its stream by itself; this one is open, and encrypted where asked for. */
function connectorFor(socket: Socket) {
	return class extends AbstractConnector {
		constructor() {
			super(0);
		}

		connect(): Promise<Socket> {
			this.stream = socket;
			return Promise.resolve(socket);
		}
	};
}
