import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface WebServer {
	readonly port: number;
	readonly url: string;
	readonly server: Server;
	close(): Promise<void>;
}

/** Starts a web server on a free port of 127.0.0.1; `tls` are PEM texts. */
export async function startWebServer(
	listener: RequestListener,
	tls?: { key: string; cert: string },
): Promise<WebServer> {
	const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		...{ port, server },
		url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
		close: async () => {
			server.close();
			server.closeAllConnections();
			await once(server, 'close');
		},
	};
}

/** A server that gives each path what `answers` says for it, and 404 otherwise. */
export function answering(answers: Readonly<Record<string, RequestListener>>): RequestListener {
	return (request, response) => {
		const answer = answers[request.url?.split('?')[0] ?? ''];
		if (answer) return answer(request, response);
		response.writeHead(404).end();
	};
}
