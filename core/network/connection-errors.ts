import { CancelledError, ConnectionError } from '../errors';

/** A server that is connected to, in the words of the messages about it. */
export interface Endpoint {
	/** `Postgres` or `Redis`. */
	service: string;
	host: string;
	port: number;
	/** The setting of the server that says on which addresses it listens. */
	listenSetting: string;
	/** The settings of the server that are about TLS. */
	tlsSettings: string;
}

/** The code of an error of Node (`ECONNREFUSED`) or of a server (SQLSTATE); empty without one. */
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
export function networkError(endpoint: Endpoint, cause: unknown): ConnectionError {
	const { service, host } = endpoint;
	const where = `${host}:${endpoint.port}`;
	switch (errorCode(cause)) {
		case 'ECONNREFUSED':
			return new ConnectionError(`The ${service} server at ${where} refused the connection.`, {
				hint: `Check that the server is running, that host and port are right, and that it listens on this address (${endpoint.listenSetting}).`,
				cause,
			});
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return new ConnectionError(`The host name "${host}" of the ${service} server is unknown.`, {
				hint: 'Check the spelling, and that this machine can look the name up. In Docker it is the name of the service.',
				cause,
			});
		case 'EHOSTUNREACH':
		case 'ENETUNREACH':
			return new ConnectionError(
				`There is no network route to the ${service} server at ${where}.`,
				{
					hint: 'Check the address, the network and any VPN between this machine and the server.',
					cause,
				},
			);
	}
	if (errorCode(cause) === 'ETIMEDOUT' || textProperty(cause, 'name') === 'TimeoutError') {
		return timedOut(endpoint, cause);
	}
	return new ConnectionError(
		`The connection to the ${service} server at ${where} failed: ${errorMessage(cause)}.`,
		{
			hint: `Check that a ${service} server answers at this address, and the firewall between.`,
			cause,
		},
	);
}

/** A server that accepts the connection but does not go on. */
export function timedOut({ service, host, port }: Endpoint, cause: unknown): ConnectionError {
	return new ConnectionError(`The ${service} server at ${host}:${port} did not answer in time.`, {
		hint: 'Check host and port, and that no firewall drops the packets.',
		cause,
	});
}

/** A TLS handshake that failed; the reasons are OpenSSL's, as Node names them. */
export function tlsError(endpoint: Endpoint, cause: unknown): ConnectionError {
	const reason = errorMessage(cause);
	const server = `the ${endpoint.service} server at ${endpoint.host}:${endpoint.port}`;
	const refused = `The certificate of ${server} was refused`;
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
		`The encrypted connection to ${server} could not be set up: ${reason}.`,
		{
			hint: `Check the server's TLS settings (${endpoint.tlsSettings}).`,
			cause,
		},
	);
}
