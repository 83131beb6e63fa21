import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';

import { z } from 'zod';

/** A page as it was made. */
export interface NotionPage {
	readonly title: string;
	/** Each as its type and its text, such as `to_do: call them`. */
	readonly blocks: readonly string[];
	readonly url: string;
}

/** Notion's API, with one page that one integration may write below. */
export interface Notion {
	readonly token: string;
	/** Id of that page. */
	readonly parentPageId: string;
	readonly pages: readonly NotionPage[];
	/** What was asked that Notion does not know, or in a way that it does not take. */
	readonly refused: readonly string[];
	/** Answers at `api.notion.com`. */
	readonly listener: RequestListener;
	/** From now on every call is answered as Notion does when it is out of order. */
	goDown(): void;
	comeBack(): void;
}

/** The one that n8n's credential asks for; a header of the node would come beside it, not in its place. */
export const NOTION_VERSION = '2022-02-22';

const content = z.strictObject({
	type: z.literal('text'),
	text: z.strictObject({ content: z.string().min(1).max(2000) }),
});
const textOf = z.strictObject({ rich_text: z.array(content).min(1).max(100) });
const blockOf = <Type extends string>(type: Type, what: z.ZodType) =>
	z.strictObject({ object: z.literal('block'), type: z.literal(type), [type]: what });
const block = z.union([
	blockOf('paragraph', textOf),
	blockOf('heading_2', textOf),
	blockOf('bulleted_list_item', textOf),
	blockOf('to_do', textOf.extend({ checked: z.boolean() })),
]);
const newPage = z.strictObject({
	parent: z.strictObject({ page_id: z.string() }),
	properties: z.strictObject({ title: z.strictObject({ title: z.array(content).length(1) }) }),
	children: z.array(block).max(100),
});

/** A Notion with a random token; somebody has to let it be reached. */
export function createNotion(): Notion {
	const token = `ntn_${randomBytes(18).toString('hex')}`;
	const parentPageId = randomBytes(16).toString('hex');
	const pages: NotionPage[] = [];
	const refused: string[] = [];
	let isDown = false;

	const answer = ({ method, url, headers }: IncomingMessage, body: string): [number, object] => {
		const refuse = (status: number, code: string, message: string): [number, object] => {
			refused.push(`${method} ${url}: ${message}`);
			return [status, { object: 'error', status, code, message }];
		};
		if (headers.authorization !== `Bearer ${token}`) {
			return refuse(401, 'unauthorized', 'API token is invalid.');
		}
		if (headers['notion-version'] !== NOTION_VERSION) {
			return refuse(400, 'missing_version', 'Notion-Version header is not supported.');
		}
		if (method !== 'POST' || url !== '/v1/pages') {
			return refuse(400, 'invalid_request_url', 'Invalid request URL.');
		}
		if (!headers['content-type']?.startsWith('application/json')) {
			return refuse(400, 'invalid_json', 'Error parsing JSON body.');
		}
		const page = newPage.safeParse(JSON.parse(body));
		if (!page.success) return refuse(400, 'validation_error', z.prettifyError(page.error));
		const { parent, properties, children } = page.data;
		if (parent.page_id.replaceAll('-', '') !== parentPageId) {
			return refuse(404, 'object_not_found', 'Could not find page. Share it with the integration.');
		}
		const id = randomBytes(16).toString('hex');
		const made: NotionPage = {
			title: properties.title.title[0]?.text.content ?? '',
			blocks: children.map(shown),
			url: `https://www.notion.so/${id}`,
		};
		pages.push(made);
		return [200, { object: 'page', id, url: made.url }];
	};
	const listener: RequestListener = (request, response) => {
		const reply = (status: number, json: object) => {
			response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
			response.end(JSON.stringify(json));
		};
		text(request).then(
			(body) => {
				const out = { object: 'error', status: 503, code: 'service_unavailable' };
				if (isDown) reply(503, { ...out, message: 'Notion is unavailable.' });
				else reply(...answer(request, body));
			},
			() => response.destroy(),
		);
	};
	return {
		...{ token, parentPageId, pages, refused, listener },
		goDown: () => (isDown = true),
		comeBack: () => (isDown = false),
	};
}

/** As it is shown in `NotionPage.blocks`. */
function shown(one: Readonly<Record<string, unknown>>): string {
	const type = String(one['type']);
	const { rich_text: parts } = one[type] as z.infer<typeof textOf>;
	return `${type}: ${parts.map((part) => part.text.content).join('')}`;
}
