import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

const HOST = '127.0.0.1';

/** What is answered at a path below `/api/v1/`: a list in pages, or a refusal. */
export type N8nAnswer = readonly object[] | { readonly status: number; readonly message: string };

/** The lists of an n8n with a licence for all of them, which no test has. */
export interface N8nApi {
	readonly baseUrl: URL;
	readonly apiKey: string;
	/** May be changed while it runs. */
	readonly answers: Record<string, N8nAnswer>;
	/** What was sent, as `POST tags {"name":"…"}`. */
	readonly sent: readonly string[];
	/** What was asked that the test has no answer for, or without the key. */
	readonly refused: readonly string[];
	stop(): Promise<void>;
}

/** Starts it on a free port. `pageSize` is the most that it gives at once, whatever is asked for. */
export async function startN8nApi(
	answers: Record<string, N8nAnswer>,
	pageSize = 2,
): Promise<N8nApi> {
	const apiKey = `key-${Math.random().toString(36).slice(2)}`;
	const sent: string[] = [];
	const refused: string[] = [];
	const answer = async (request: IncomingMessage): Promise<[number, object]> => {
		const { pathname, searchParams: query } = new URL(request.url ?? '/', `http://${HOST}`);
		if (request.headers['x-n8n-api-key'] !== apiKey) return [401, { message: 'unauthorized' }];
		const path = pathname.replace(/^\/n8n\/api\/v1\//, '');
		if (request.method !== 'GET') {
			sent.push(`${request.method} ${path} ${JSON.stringify(await json(request))}`);
			return [200, { id: `new-${sent.length}` }];
		}
		const found = answers[path];
		if (found === undefined) {
			refused.push(`GET ${path}`);
			return [404, { message: 'not found' }];
		}
		if ('status' in found) return [found.status, { message: found.message }];
		return [200, pageOf(found, query, pageSize)];
	};
	const server = createServer((request, response) => {
		answer(request).then(
			([status, body]) => response.writeHead(status).end(JSON.stringify(body)),
			(error: unknown) => response.destroy(error as Error),
		);
	}).listen(0, HOST);
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		baseUrl: new URL(`http://${HOST}:${port}/n8n/`),
		...{ apiKey, answers, sent, refused },
		stop: async () => {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}

/** Folders are counted off, the other lists have a cursor. */
function pageOf(all: readonly object[], query: URLSearchParams, pageSize: number): object {
	const skip = query.get('skip');
	const from = Number(skip ?? query.get('cursor') ?? 0);
	const data = all.slice(from, from + pageSize);
	if (skip !== null) return { count: all.length, data };
	const next = from + pageSize;
	return { data, nextCursor: next < all.length ? String(next) : null };
}
