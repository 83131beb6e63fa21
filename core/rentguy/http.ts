import { Agent } from 'node:https';
import axios, { isAxiosError } from 'axios';
import { certificateAuthorities } from '../network/certificate-authorities';
import { errorCode, errorMessage, networkError, tlsError } from '../network/connection-errors';
import { cancelled } from '../repository/cancellation';
import { NoAnswerError } from './errors';
import { endpointOf, type RentGuyServer, SERVICE } from './server';

/** The answers that are read are of a few hundred bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

const TLS_FAILURE =
	/^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$|EPROTO$)/;

/** A request that fails in one of these ways has not left this machine. */
const NOT_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

export interface HttpRequest {
	method: 'GET' | 'POST';
	url: string;
	/** Sends the login along. */
	authenticate: boolean;
	body?: object;
	/** From the first packet to the last byte. */
	timeoutMs: number;
}

export interface HttpAnswer {
	status: number;
	/** The parsed JSON; undefined for anything else. */
	body: unknown;
	/** Where a redirect leads, without login, query and fragment. */
	location?: string;
}

/**
 * Asks a backend, and resolves with whatever status it answers. Follows no redirect and uses no proxy:
 * the login goes to the address of the credential and nowhere else.
 *
 * Rejects with `ConnectionError` for a certificate that is refused, `NoAnswerError` for any other way
 * not to be answered, `ConfigurationError` for an unreadable CA, `CancelledError`. None of them carries
 * what axios throws, which holds the login.
 */
export async function ask(
	server: RentGuyServer,
	{ method, url, authenticate, body, timeoutMs }: HttpRequest,
	signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
	const agent = agentFor(server);
	const timeout = AbortSignal.timeout(timeoutMs);
	try {
		const answer = await axios.request<string>({
			...{ method, url, data: body, signal: signal ? AbortSignal.any([signal, timeout]) : timeout },
			...(authenticate && { auth: { username: server.user, password: server.password } }),
			headers: { Accept: 'application/json', 'Accept-Encoding': 'identity' },
			...{ httpsAgent: agent, proxy: false, maxRedirects: 0, decompress: false },
			...{ maxContentLength: MAX_ANSWER_BYTES, validateStatus: () => true },
			...{ responseType: 'text', transformResponse: (text: string) => text },
		});
		const location = whereTo(answer.headers.location, url);
		return {
			...{ status: answer.status, body: parseJson(answer.data) },
			...(location !== undefined && { location }),
		};
	} catch (error) {
		if (signal?.aborted) throw cancelled('The request to the platform');
		throw explain(server, error, timeout.aborted ? timeoutMs : undefined);
	} finally {
		agent.destroy();
	}
}

function agentFor({ tls }: RentGuyServer): Agent {
	if (tls.mode === 'require') return new Agent({ rejectUnauthorized: false });
	const ca = certificateAuthorities(SERVICE, tls.ca);
	return new Agent({ rejectUnauthorized: true, ...(ca && { ca }) });
}

function explain(server: RentGuyServer, error: unknown, timedOutMs: number | undefined): Error {
	const endpoint = endpointOf(server);
	const where = `${endpoint.host}:${endpoint.port}`;
	if (timedOutMs !== undefined) {
		return new NoAnswerError(
			`The platform at ${where} did not answer within ${timedOutMs / 1000} seconds.`,
			{
				mayHaveArrived: true,
				hint: 'Check host and port, and whether the Redis of the platform runs: while it is down, every call hangs.',
			},
		);
	}
	const code = errorCode(error);
	// Only words and code: the configuration of a request, with the login, hangs on an error of axios.
	const cause = Object.assign(new Error(errorMessage(error)), { code });
	if (TLS_FAILURE.test(code)) return tlsError(endpoint, cause);
	if (isAxiosError(error) && /maxContentLength/.test(error.message)) {
		return new NoAnswerError(`The answer of the platform at ${where} is too long to be one.`, {
			...{ mayHaveArrived: true, cause },
			hint: 'Check that the base URL is that of the backend, and not of a website.',
		});
	}
	const { message, hint } = networkError(endpoint, cause);
	return new NoAnswerError(message, { mayHaveArrived: !NOT_SENT.test(code), hint, cause });
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function whereTo(location: unknown, from: string): string | undefined {
	if (typeof location !== 'string') return undefined;
	const url = URL.parse(location, from);
	return url === null ? undefined : `${url.origin}${url.pathname}`;
}
