import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { IDataObject } from 'n8n-workflow';

import type { Outside, OutsideAnswer } from '../core-nodes/stand-ins';
import type { Netlify } from './index';

/** The way from a workflow in the engine of a test to a Netlify. */
export interface NetlifyReached {
	/** Sends what an HTTP Request node asks of Netlify. Rejects where the real node would fail. */
	readonly ask: Outside;
	stop(): Promise<void>;
}

interface Pair {
	name: string;
	value: string;
}

const API = 'https://api.netlify.com';

/** Lets a Netlify answer on a free port, and asks it as the node does: the first page only. */
export async function reachNetlify(netlify: Netlify): Promise<NetlifyReached> {
	const server = createServer(netlify.listener).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		ask: async (_node, parameters) => {
			const url = new URL(String(parameters.url));
			if (url.origin !== API) throw new Error(`${url.origin} is not Netlify.`);
			url.search = new URLSearchParams(pairs(parameters.queryParameters)).toString();
			return await send(
				`http://127.0.0.1:${port}${url.pathname}${url.search}`,
				netlify,
				parameters,
			);
		},
		stop: async () => {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

async function send(
	url: string,
	{ token }: Netlify,
	{ method, nodeCredentialType, headerParameters }: IDataObject,
): Promise<OutsideAnswer> {
	const response = await fetch(url, {
		method: String(method),
		headers: {
			...(nodeCredentialType === 'netlifyApi' && { authorization: `Bearer ${token}` }),
			...Object.fromEntries(pairs(headerParameters)),
		},
	});
	if (!response.ok) throw new Error(`${response.status} - ${await response.text()}`);
	return response.headers.get('content-type') === 'application/json'
		? ((await response.json()) as OutsideAnswer)
		: Buffer.from(await response.arrayBuffer());
}

function pairs(given: unknown): [string, string][] {
	const { parameters = [] } = (given || {}) as { parameters?: Pair[] };
	return parameters.map(({ name, value }) => [name, value]);
}
