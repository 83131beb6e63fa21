import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { IDataObject } from 'n8n-workflow';

import type { OutsideAnswer } from '../core-nodes/stand-ins';
import { type Notion, NOTION_VERSION } from './index';

/** The way from a workflow in the engine of a test to a Notion. */
export interface NotionReached {
	/** Sends what an HTTP Request node asks of Notion, and takes every answer whole. */
	readonly ask: (parameters: IDataObject) => Promise<OutsideAnswer>;
	stop(): Promise<void>;
}

const API = 'https://api.notion.com';

/** Lets a Notion answer on a free port, and asks it as the node does with its credential. */
export async function reachNotion(notion: Notion): Promise<NotionReached> {
	const server = createServer(notion.listener).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		ask: async ({ method, url, nodeCredentialType, jsonBody }) => {
			const { origin, pathname } = new URL(String(url));
			if (origin !== API) throw new Error(`${origin} is not Notion.`);
			const isKnown = nodeCredentialType === 'notionApi';
			const login = { authorization: `Bearer ${notion.token}`, 'notion-version': NOTION_VERSION };
			const response = await fetch(`http://127.0.0.1:${port}${pathname}`, {
				method: String(method),
				headers: { ...(isKnown && login), 'content-type': 'application/json' },
				body: String(jsonBody),
			});
			return { statusCode: response.status, body: (await response.json()) as IDataObject };
		},
		stop: async () => {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}
