import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

import { createServerCertificate } from './certificates';

/**
 * The outside world as a client behind a proxy sees it: the proxy leads to some hosts and nowhere else,
 * and one authority vouches for all of them.
 */
export interface OutsideWorld {
	/** Address of the proxy. */
	readonly proxy: string;
	/** Of the authority, as PEM. */
	readonly ca: string;
	/** What was asked of the proxy that it does not do, or that was meant for other hosts. */
	readonly refused: readonly string[];
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const HTTPS = ':443';

/** Starts the way to these hosts on a free port; each is what answers there by HTTPS. */
export async function startOutsideWorld(
	hosts: Readonly<Record<string, RequestListener>>,
): Promise<OutsideWorld> {
	const names = Object.keys(hosts);
	const { ca, certificate, key } = await createServerCertificate(
		names.map((name) => `DNS:${name}`),
	);
	const refused: string[] = [];
	const sockets = new Set<Socket>();

	const world = createTlsServer({ cert: certificate, key }, (request, response) => {
		const host = hosts[request.headers.host ?? ''];
		if (host) host(request, response);
		else {
			refused.push(`${request.method} ${request.url} of ${request.headers.host}`);
			response.writeHead(421).end();
		}
	});
	const proxy = createServer((request, response) => {
		refused.push(`${request.method} ${request.url}`);
		response.writeHead(405).end();
	});
	proxy.on('connection', (socket: Socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
	});
	proxy.on('connect', ({ url = '' }: IncomingMessage, socket: Socket) => {
		if (names.some((name) => url === name + HTTPS)) {
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			world.emit('connection', socket);
		} else {
			refused.push(`CONNECT ${url}`);
			socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
		}
	});
	proxy.listen(0, HOST);
	await once(proxy, 'listening');
	const { port } = proxy.address() as AddressInfo;
	return {
		...{ ca, proxy: `http://${HOST}:${port}`, refused },
		stop: async () => {
			const closed = once(proxy, 'close');
			proxy.close();
			for (const socket of sockets) socket.destroy();
			await closed;
		},
	};
}
