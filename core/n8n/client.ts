import { Agent } from 'node:https';
import axios from 'axios';
import { z } from 'zod';
import { certificateAuthorities } from '../network/certificate-authorities';
import {
	type Endpoint,
	errorCode,
	errorMessage,
	networkError,
	timedOut,
	tlsError,
} from '../network/connection-errors';
import type { ConnectionError } from '../errors';
import { IntegrityError } from '../errors';
import { cancelled } from '../repository/cancellation';
import { RefusalError } from './refusal-error';
import type { N8nServer } from './server';

const SERVICE = 'n8n';
const TIMEOUT_MS = 60_000;

/** The most that n8n gives at once: what comes in one page is of one instant. */
const PAGE = 250;

/** A page holds up to 250 workflows, each with its published version and its pinned data. */
const MAX_ANSWER_BYTES = 512 * 1024 * 1024;

const TLS_FAILURE =
	/^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$|EPROTO$)/;

type Query = Readonly<Record<string, string>>;

/**
 * n8n's public API. Follows no redirect and uses no proxy: the key goes to the address of the credential
 * and nowhere else. Every call rejects with `RefusalError` for what n8n refuses, `ConnectionError` where
 * it does not answer, `IntegrityError` for an answer that is not n8n's, or `CancelledError`; none of them
 * carries what axios throws, which holds the key.
 */
export class N8nClient {
	constructor(
		private readonly server: N8nServer,
		private readonly signal?: AbortSignal,
	) {}

	/** All pages of a list. */
	async list<T>(path: string, item: z.ZodType<T>, query: Query = {}): Promise<T[]> {
		const schema = z.object({ data: z.array(item), nextCursor: z.string().nullish() });
		const found: T[] = [];
		for (let cursor: string | undefined; ;) {
			const page = { ...query, limit: String(PAGE), ...(cursor !== undefined && { cursor }) };
			const { data, nextCursor } = await this.get(path, schema, page);
			found.push(...data);
			if (!nextCursor) return found;
			cursor = nextCursor;
		}
	}

	async get<T>(path: string, schema: z.ZodType<T>, query: Query = {}): Promise<T> {
		return parsed(await this.call('GET', path, { query }), schema, path);
	}

	async send<T>(
		method: 'POST' | 'PUT',
		path: string,
		body: unknown,
		schema: z.ZodType<T>,
		query: Query = {},
	): Promise<T> {
		return parsed(await this.call(method, path, { body, query }), schema, path);
	}

	async remove(path: string): Promise<void> {
		await this.call('DELETE', path, {});
	}

	private async call(
		method: 'DELETE' | 'GET' | 'POST' | 'PUT',
		path: string,
		{ query = {}, body }: { query?: Query; body?: unknown },
	): Promise<unknown> {
		const agent = this.agent();
		const timeout = AbortSignal.timeout(TIMEOUT_MS);
		const { signal } = this;
		let answer;
		try {
			answer = await axios.request<string>({
				...{ method, url: this.urlOf(path, query) },
				...(body !== undefined && { data: body }),
				signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
				headers: { Accept: 'application/json', 'X-N8N-API-KEY': this.server.apiKey },
				...{ httpsAgent: agent, proxy: false, maxRedirects: 0, validateStatus: () => true },
				...{ maxContentLength: MAX_ANSWER_BYTES, maxBodyLength: MAX_ANSWER_BYTES },
				...{ responseType: 'text', transformResponse: (text: string) => text },
			});
		} catch (error) {
			if (signal?.aborted) throw cancelled('The request to n8n');
			throw this.explain(error, timeout.aborted);
		} finally {
			agent.destroy();
		}
		const content = parseJson(answer.data);
		if (answer.status >= 200 && answer.status < 300) return content;
		throw refusal(answer.status, `${method} /api/v1/${path}`, content);
	}

	/** n8n refuses what axios leaves as it is in a query, such as a colon. */
	private urlOf(path: string, query: Query): string {
		const url = new URL(`api/v1/${path}`, this.server.baseUrl);
		url.search = new URLSearchParams(query).toString();
		return url.href;
	}

	private agent(): Agent {
		const { tls } = this.server;
		if (tls.mode === 'require') return new Agent({ rejectUnauthorized: false });
		const ca = certificateAuthorities(SERVICE, tls.ca);
		return new Agent({ rejectUnauthorized: true, ...(ca && { ca }) });
	}

	private explain(error: unknown, isTimedOut: boolean): ConnectionError {
		const endpoint = endpointOf(this.server.baseUrl);
		const code = errorCode(error);
		// Only words and code: the configuration of a request, with the key, hangs on an error of axios.
		const cause = Object.assign(new Error(errorMessage(error)), { code });
		if (isTimedOut) return timedOut(endpoint, cause);
		return TLS_FAILURE.test(code) ? tlsError(endpoint, cause) : networkError(endpoint, cause);
	}
}

function endpointOf({ hostname, port, protocol }: URL): Endpoint {
	return {
		...{ service: SERVICE, host: hostname },
		port: Number(port) || (protocol === 'https:' ? 443 : 80),
		...{ listenSetting: 'N8N_LISTEN_ADDRESS', tlsSettings: 'N8N_PROTOCOL, or those of the proxy' },
	};
}

function refusal(status: number, what: string, content: unknown): RefusalError {
	const { data } = z.object({ message: z.string() }).safeParse(content);
	const reason = data?.message ?? 'no reason is given';
	return new RefusalError(status, reason, what, hintFor(status));
}

function hintFor(status: number): string {
	if (status === 401) {
		return 'Make an API key in Settings → n8n API, and put it into the credential.';
	}
	if (status === 403) {
		return 'Give the API key the scope for this call; it has to be of the owner or an admin.';
	}
	if (status === 404 || (status >= 300 && status < 400)) {
		return 'Check the base URL of the credential: it is the address at which the editor opens, and the public API must not be switched off there.';
	}
	return 'Look into the log of n8n, then run it again.';
}

function parsed<T>(content: unknown, schema: z.ZodType<T>, path: string): T {
	const result = schema.safeParse(content);
	if (result.success) return result.data;
	const at = result.error.issues[0]?.path.join('.') ?? '';
	throw new IntegrityError(`The answer to /api/v1/${path} is not that of an n8n, at "${at}".`, {
		hint: 'Check the base URL of the credential: it is the address at which the editor opens.',
	});
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
