import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a vault answers: JSON, or a file under its name. */
export type VaultAnswer =
	{ status: number; json: object } | { status: 200; file: { name: string; content: Buffer } };

/** The HTTP side of a vault. */
export interface VaultServer {
	/** Without a slash at its end. */
	readonly url: string;
	/** What was asked that the vault does not offer, or without the right to ask. */
	readonly refused: readonly string[];
	/** From now on every call is answered as by a proxy whose server is gone. */
	goDown(): void;
	comeBack(): void;
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Serves `answer` on a free port; what it gives no answer to is refused and noted. */
export async function serveVault(
	answer: (request: IncomingMessage, url: URL) => VaultAnswer | undefined,
	unknown: VaultAnswer,
): Promise<VaultServer> {
	const refused: string[] = [];
	let isDown = false;
	const server = createServer((request, response) => {
		if (isDown) return void response.writeHead(502).end('Bad gateway');
		const given = answer(request, new URL(request.url ?? '', `http://${HOST}`));
		if (!given) refused.push(`${request.method} ${request.url}`);
		const reply = given ?? unknown;
		if ('file' in reply) {
			const { name, content } = reply.file;
			response.setHeader('content-type', 'application/octet-stream');
			response.setHeader('content-disposition', `attachment; filename="${name}"`);
			response.end(content);
		} else {
			response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8' });
			response.end(JSON.stringify(reply.json));
		}
	});
	server.listen(0, HOST);
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		...{ url: `http://${HOST}:${port}`, refused },
		goDown: () => (isDown = true),
		comeBack: () => (isDown = false),
		stop: async () => {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}
