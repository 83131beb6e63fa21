import { ConnectionError } from '../errors';
import {
	type Endpoint,
	errorCode,
	errorMessage,
	networkError,
	timedOut,
	tlsError,
} from '../network/connection-errors';
import type { PostgresServer } from './connection';

export { cancelledWhileOpening, errorCode, errorMessage } from '../network/connection-errors';

/** A failure to reach the server at all. */
export function explainNetworkError(server: PostgresServer, cause: unknown): ConnectionError {
	return networkError(endpointOf(server), cause);
}

/** A TLS handshake that failed. */
export function explainTlsError(server: PostgresServer, cause: unknown): ConnectionError {
	return tlsError(endpointOf(server), cause);
}

function endpointOf({ host, port }: PostgresServer): Endpoint {
	return {
		...{ service: 'Postgres', host, port, listenSetting: 'listen_addresses' },
		tlsSettings: 'ssl, ssl_cert_file, ssl_min_protocol_version',
	};
}

export function noTlsError(server: PostgresServer): ConnectionError {
	return new ConnectionError(
		`The Postgres server at ${server.host}:${server.port} does not offer encrypted connections.`,
		{ hint: 'Switch TLS on at the server (ssl = on), or set TLS to Off in the credential.' },
	);
}

export function notPostgresError(server: PostgresServer): ConnectionError {
	return new ConnectionError(
		`What answers at ${server.host}:${server.port} does not speak the Postgres protocol.`,
		{ hint: 'Check host and port: 5432 is the usual one.' },
	);
}

/** A refused or failed login; the server's reasons come with an SQLSTATE. */
export function explainLoginError(
	server: PostgresServer,
	database: string,
	cause: unknown,
): ConnectionError {
	const where = `${server.host}:${server.port}`;
	const reason = errorMessage(cause);
	switch (errorCode(cause)) {
		case '28P01':
			return wrongPassword(server, cause);
		case '28000':
			return new ConnectionError(
				`The Postgres server at ${where} does not let this login in: ${reason}.`,
				{
					hint: reason.includes('pg_hba.conf')
						? "Have a line for this machine, user and database added to the server's pg_hba.conf, or try another TLS mode."
						: 'Check the user name of the credential, and that this role may log in.',
					cause,
				},
			);
		case '3D000':
			return new ConnectionError(`The database "${database}" does not exist on ${where}.`, {
				hint: 'Choose one of the databases of this server; the names are case-sensitive.',
				cause,
			});
		case '42501':
			return new ConnectionError(
				`The user "${server.user}" may not connect to the database "${database}": ${reason}.`,
				{ hint: 'Have an administrator grant CONNECT on this database to the user.', cause },
			);
		case '53300':
			return new ConnectionError(
				`The Postgres server at ${where} has no connection left: ${reason}.`,
				{
					hint: 'Try again later, or raise max_connections; two connections are needed for a backup.',
					cause,
				},
			);
		case '57P03':
			return new ConnectionError(
				`The Postgres server at ${where} does not accept logins now: ${reason}.`,
				{
					hint: 'It is starting, stopping or recovering; try again in a minute.',
					cause,
				},
			);
	}
	// pg's own messages, which have no code: an empty password, and a server that it cannot prove.
	if (reason.includes('client password must be')) return wrongPassword(server, cause);
	if (reason === 'timeout expired') return timedOut(endpointOf(server), cause);
	if (reason.startsWith('Connection terminated')) {
		return new ConnectionError(`What answers at ${where} closed the connection during the login.`, {
			hint: 'Check that a Postgres server listens on this host and port, and its log; it may accept TLS only.',
			cause,
		});
	}
	return new ConnectionError(`The login at the Postgres server ${where} failed: ${reason}.`, {
		hint: "Check the credential; the server's own log usually says more.",
		cause,
	});
}

function wrongPassword(server: PostgresServer, cause: unknown): ConnectionError {
	return new ConnectionError(
		`The Postgres server at ${server.host}:${server.port} refused the password of user "${server.user}".`,
		{
			hint: 'Check user and password of the credential. An unknown user is answered in the same way.',
			cause,
		},
	);
}

/** Whether a driver's error says that an open connection was cut, by the server or on the way. */
export function isLostConnection(error: unknown): boolean {
	return /^Connection terminated|not queryable|ECONNRESET|EPIPE/.test(errorMessage(error));
}
