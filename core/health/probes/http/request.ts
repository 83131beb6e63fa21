import { Agent } from 'node:http';
import { Readable } from 'node:stream';
import axios, { type AxiosResponse } from 'axios';
import { z } from 'zod';
import { ConnectionError, DisasterRecoveryError } from '../../../errors';
import { networkError } from '../../../network/connection-errors';
import type { TlsSession } from '../tls-session';
import { webEndpoint } from '../web-endpoint';
import { ObservingAgent } from './agent';
import { type HttpSettings, showUrl } from './settings';

const MOST_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** After these the next request is a GET, as browsers do. */
const TURN_INTO_GET = new Set([301, 302, 303]);

export interface WebAnswer {
	readonly status: number;
	/** By their names in small letters. */
	readonly headers: ReadonlyMap<string, string>;
	/** Has to be read or destroyed. */
	readonly body: Readable;
	/** Left out where the connection was not encrypted. */
	readonly tls?: TlsSession;
	/** How many were followed. */
	readonly redirects: number;
}

/** The server's certificate is not trusted, so nothing was sent to it. */
export class CertificateRefused extends Error {
	constructor(readonly session: TlsSession) {
		super('the certificate is not trusted');
	}
}

/**
 * Sends a request and follows redirects. Headers of the settings, which may be secret, are sent to the
 * server of the URL only. Rejects with `ConnectionError` or `CertificateRefused`.
 */
export async function requestFollowing(
	settings: HttpSettings,
	signal: AbortSignal,
): Promise<WebAnswer> {
	const seen = new Set<string>();
	let request = settings;
	for (let redirects = 0; ; redirects++) {
		seen.add(`${request.method} ${request.url.href}`);
		const answer = await send(request, signal);
		const location = answer.headers.get('location');
		if (!settings.followRedirects || !REDIRECTS.has(answer.status) || location === undefined) {
			return { ...answer, redirects };
		}
		answer.body.destroy();
		request = next(request, answer.status, location);
		if (seen.has(`${request.method} ${request.url.href}`)) {
			throw astray(`It redirects in a circle, back to ${showUrl(request.url)}.`);
		}
		if (redirects === MOST_REDIRECTS) {
			throw astray(
				`It redirects more than ${MOST_REDIRECTS} times, last to ${showUrl(request.url)}.`,
			);
		}
	}
}

function next(request: HttpSettings, status: number, location: string): HttpSettings {
	const url = URL.parse(location, request.url.href);
	if (!url || !/^https?:$/.test(url.protocol)) throw astray('It redirects to what is no web page.');
	const { body, headers, method, ...rest } = request;
	const isSame = url.origin === request.url.origin;
	[url.username, url.password, url.hash] = ['', '', ''];
	const kept = isSame ? headers : new Map<string, string>();
	if (TURN_INTO_GET.has(status) && method === 'POST') {
		return { ...rest, url, method: 'GET', headers: kept };
	}
	return { ...rest, url, method, headers: kept, ...(body && isSame && { body }) };
}

function astray(message: string): ConnectionError {
	return new ConnectionError(message, {
		hint: 'Check the URL, and the redirects of the server and of what is in front of it.',
	});
}

async function send(
	{ url, method, headers, body, ca }: HttpSettings,
	signal: AbortSignal,
): Promise<Omit<WebAnswer, 'redirects'>> {
	const isEncrypted = url.protocol === 'https:';
	const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
	const port = Number(url.port || (isEncrypted ? 443 : 80));
	const agent = new ObservingAgent({ host, port, ...(ca && { ca }) }, signal);
	try {
		const response = await axios.request<unknown>({
			...{ url: url.href, method, signal, data: body },
			headers: {
				'user-agent': 'n8n-nodes-disaster-recovery',
				accept: 'application/health+json, application/json;q=0.9, */*;q=0.8',
				...Object.fromEntries(headers),
			},
			...{ adapter: 'http', responseType: 'stream', maxRedirects: 0, validateStatus: null },
			// A check looks at the server itself: a proxy has answers of its own.
			proxy: false,
			...{ httpAgent: new Agent({ keepAlive: false }), httpsAgent: agent },
		});
		return { ...read(response), ...(agent.session && { tls: agent.session }) };
	} catch (error) {
		signal.throwIfAborted();
		if (agent.session?.refused !== undefined) throw new CertificateRefused(agent.session);
		throw explained(error, host, port);
	}
}

const headerValue = z.union([z.string(), z.array(z.string()).transform((all) => all.join(', '))]);

function read({ status, headers, data }: AxiosResponse<unknown>) {
	const named = Object.entries(headers).flatMap(([name, value]) => {
		const text = headerValue.safeParse(value);
		return text.success ? [[name.toLowerCase(), text.data] as const] : [];
	});
	return { status, headers: new Map(named), body: z.instanceof(Readable).parse(data) };
}

/** The library wraps what went wrong below it. */
function explained(error: unknown, host: string, port: number): DisasterRecoveryError {
	const cause = error instanceof Error ? error.cause : undefined;
	if (cause instanceof DisasterRecoveryError) return cause;
	return networkError(webEndpoint('web', host, port), cause ?? error);
}
