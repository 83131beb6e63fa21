import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';

export interface SlackMessage {
	readonly channel: string;
	readonly text: string;
}

/** Slack, with one workspace with one channel and one bot that may write into it. */
export interface Slack {
	readonly token: string;
	readonly channel: string;
	readonly messages: readonly SlackMessage[];
	/** What was asked that Slack does not know. */
	readonly refused: readonly string[];
	/** Answers at `slack.com`. */
	readonly listener: RequestListener;
	/** From now on every call is answered as Slack does when it is out of order. */
	goDown(): void;
	comeBack(): void;
}

/** A Slack with a random token; somebody has to let it be reached. */
export function createSlack(): Slack {
	const token = `bot-${randomBytes(18).toString('hex')}`;
	const channel = '#incidents';
	const messages: SlackMessage[] = [];
	const refused: string[] = [];
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
	const listener: RequestListener = (request, response) => {
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
	};
	return {
		...{ token, channel, messages, refused, listener },
		goDown: () => (isDown = true),
		comeBack: () => (isDown = false),
	};
}
