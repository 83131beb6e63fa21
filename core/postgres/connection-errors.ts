import { CancelledError, ConnectionError } from '../errors';
import type { PostgresServer } from './connection';

/** The code of an error of Node (`ECONNREFUSED`) or of the server (SQLSTATE); empty without one. */
export function errorCode(error: unknown): string {
	return textProperty(error, 'code') ?? '';
}

/** The words of anything that can be thrown. */
export function errorMessage(error: unknown): string {
	return textProperty(error, 'message') ?? String(error);
}

function textProperty(value: unknown, name: string): string | undefined {
	if (typeof value !== 'object' || value === null) return undefined;
	const property: unknown = Reflect.get(value, name);
	return typeof property === 'string' ? property : undefined;
}

export function cancelledWhileOpening(cause: unknown): CancelledError {
	return new CancelledError('The run was cancelled while a connection was opened.', {
		hint: 'Run it again when you are ready.',
		cause,
	});
}

/** A failure to reach the server at all. */
export function explainNetworkError(server: PostgresServer, cause: unknown): ConnectionError {
	const where = `${server.host}:${server.port}`;
	switch (errorCode(cause)) {
		case 'ECONNREFUSED':
			return new ConnectionError(`The Postgres server at ${where} refused the connection.`, {
				hint: 'Check that the server is running, that host and port are right, and that it listens on this address (listen_addresses).',
				cause,
			});
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return new ConnectionError(
				`The host name "${server.host}" of the Postgres server is unknown.`,
				{
					hint: 'Check the spelling, and that this machine can look the name up. In Docker it is the name of the service.',
					cause,
				},
			);
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
			return new ConnectionError(`There is no network route to the Postgres server at ${where}.`, {
				hint: 'Check the address, the network and any VPN between this machine and the server.',
				cause,
			});
	}
	if (errorCode(cause) === 'ETIMEDOUT' || isTimeout(cause)) return timedOut(server, cause);
	return new ConnectionError(
		`The connection to the Postgres server at ${where} failed: ${errorMessage(cause)}.`,
		{
			hint: 'Check that a Postgres server answers at this address, and the firewall between.',
			cause,
		},
	);
}

/** A TLS handshake that failed; the reasons are OpenSSL's, as Node names them. */
export function explainTlsError(server: PostgresServer, cause: unknown): ConnectionError {
	const reason = errorMessage(cause);
	const refused = `The certificate of the Postgres server at ${server.host}:${server.port} was refused`;
	switch (errorCode(cause)) {
		case 'ERR_TLS_CERT_ALTNAME_INVALID':
			return new ConnectionError(`${refused}: it was issued for another host name. ${reason}`, {
				hint: 'Connect by a name that the certificate lists, or have it issued for this one.',
				cause,
			});
		case 'CERT_HAS_EXPIRED':
		case 'CERT_NOT_YET_VALID':
			return new ConnectionError(`${refused}: ${reason}.`, {
				hint: 'Renew the certificate on the server, and check the clock of this machine.',
				cause,
			});
		case 'DEPTH_ZERO_SELF_SIGNED_CERT':
		case 'SELF_SIGNED_CERT_IN_CHAIN':
		case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
		case 'UNABLE_TO_GET_ISSUER_CERT':
		case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
		case 'CERT_SIGNATURE_FAILURE':
		case 'CERT_UNTRUSTED':
		case 'INVALID_CA':
			return new ConnectionError(`${refused}: ${reason}.`, {
				hint: 'Put the certificate of the authority that issued it into the CA field of the credential.',
				cause,
			});
	}
	return new ConnectionError(
		`The encrypted connection to the Postgres server at ${server.host}:${server.port} could not be set up: ${reason}`,
		{
			hint: "Check the server's TLS settings (ssl, ssl_cert_file, ssl_min_protocol_version).",
			cause,
		},
	);
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
	if (reason === 'timeout expired') return timedOut(server, cause);
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

function timedOut(server: PostgresServer, cause: unknown): ConnectionError {
	return new ConnectionError(
		`The Postgres server at ${server.host}:${server.port} did not answer in time.`,
		{ hint: 'Check host and port, and that no firewall drops the packets.', cause },
	);
}

function isTimeout(error: unknown): boolean {
	return textProperty(error, 'name') === 'TimeoutError';
}

/** Whether a driver's error says that an open connection was cut, by the server or on the way. */
export function isLostConnection(error: unknown): boolean {
	return /^Connection terminated|not queryable|ECONNRESET|EPIPE/.test(errorMessage(error));
}
