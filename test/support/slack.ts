import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

import { createServerCertificate } from './certificates';

export interface SlackMessage {
	readonly channel: string;
	readonly text: string;
}

/**
 * Slack as a client behind a proxy sees it: the proxy leads to `slack.com` and nowhere else, and there
 * is one workspace with one channel and one bot that may write into it.
 */
export interface Slack {
	readonly token: string;
	readonly channel: string;
	/** Of the authority that vouches for this `slack.com`. */
	readonly ca: string;
	/** Address of the proxy. */
	readonly proxy: string;
	readonly messages: readonly SlackMessage[];
	/** What was asked that Slack does not know, or that was meant for others. */
	readonly refused: readonly string[];
	/** From now on every call is answered as Slack does when it is out of order. */
	goDown(): void;
	comeBack(): void;
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const SLACK = 'slack.com:443';

/** Starts Slack and the way to it on a free port, with a random token. */
export async function startSlack(): Promise<Slack> {
	const { ca, certificate, key } = await createServerCertificate(['DNS:slack.com']);
	const token = `bot-${randomBytes(18).toString('hex')}`;
	const channel = '#incidents';
	const messages: SlackMessage[] = [];
	const refused: string[] = [];
	const sockets = new Set<Socket>();
	let isDown = false;

	const answer = (request: IncomingMessage, body: string): object => {
		if (request.method !== 'POST' || request.url !== '/api/chat.postMessage') {
			refused.push(`${request.method} ${request.url}`);
			return { ok: false, error: 'unknown_method' };
		}
		if (request.headers.authorization !== `Bearer ${token}`) {
			return { ok: false, error: 'invalid_auth' };
		}
		const message = JSON.parse(body) as Partial<SlackMessage>;
		if (message.channel !== channel) return { ok: false, error: 'channel_not_found' };
		if (!message.text) return { ok: false, error: 'no_text' };
		messages.push({ channel, text: message.text });
		return { ok: true, channel: 'C0000000001', ts: `${messages.length}.000100` };
	};
	const slack = createTlsServer({ cert: certificate, key }, (request, response) => {
		const reply = (status: number, json: object) => {
			response.writeHead(status, { 'content-type': 'application/json' });
			response.end(JSON.stringify(json));
		};
		text(request).then(
			(body) => {
				if (isDown) reply(503, { ok: false, error: 'service_unavailable' });
				else reply(200, answer(request, body));
			},
			() => response.destroy(),
		);
	});
	const proxy = createServer((request, response) => {
		refused.push(`${request.method} ${request.url}`);
		response.writeHead(405).end();
	});
	proxy.on('connection', (socket: Socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
	});
	proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
		if (request.url === SLACK) {
			socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
			slack.emit('connection', socket);
		} else {
			refused.push(`CONNECT ${request.url}`);
			socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
		}
	});
	proxy.listen(0, HOST);
	await once(proxy, 'listening');
	const { port } = proxy.address() as AddressInfo;
	return {
		...{ token, channel, ca, proxy: `http://${HOST}:${port}`, messages, refused },
		goDown: () => (isDown = true),
		comeBack: () => (isDown = false),
		stop: async () => {
			const closed = once(proxy, 'close');
			proxy.close();
			for (const socket of sockets) socket.destroy();
			await closed;
		},
	};
}
