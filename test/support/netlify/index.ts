import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { type Allowance, RateLimit } from '../platform/rate-limit';
import { answer, type NetlifyAnswer } from './routes';
import { NetlifySite } from './site';

/** What happens to a call instead of its answer, or to its answer. */
export type Disturbance = 'is out of order' | 'hangs' | 'gives other bytes';

/** Netlify's API, with one site and one token. */
export interface Netlify {
	readonly token: string;
	/** With which it signs what it tells others. */
	readonly webhookSecret: string;
	readonly site: NetlifySite;
	/** Method and path of every call that was let in. */
	readonly calls: readonly string[];
	/** What was asked that Netlify does not know, in a way that it does not take, or without the token. */
	readonly refused: readonly string[];
	/** Answers at `api.netlify.com`. */
	readonly listener: RequestListener;
	/** Disturbs the calls of which the method and path match; of all of them, or of the next few. */
	disturb(calls: RegExp, disturbance: Disturbance, times?: number): void;
	/** From now on so many calls are answered in each window; at first 500 a minute. */
	allow(allowance: Allowance): void;
	/** Ends all disturbances, and forgets the calls. */
	calm(): void;
	/** Tells somebody of a deploy as an outgoing webhook does, signed where there is a secret. */
	notify(url: string, deploy: object, secret?: string): Promise<Response>;
}

const ALLOWANCE: Allowance = { calls: 500, windowMs: 60_000 };

/** A Netlify with an empty site and a random token; somebody has to let it be reached. */
export function createNetlify(): Netlify {
	const token = `nfp_${randomBytes(18).toString('hex')}`;
	const webhookSecret = randomBytes(24).toString('base64url');
	const site = new NetlifySite();
	const calls: string[] = [];
	const refused: string[] = [];
	let disturbances: { calls: RegExp; disturbance: Disturbance; times: number }[] = [];
	let limit = new RateLimit(ALLOWANCE);

	const disturbanceOf = (call: string): Disturbance | undefined => {
		const found = disturbances.find((one) => one.times > 0 && one.calls.test(call));
		if (found) found.times--;
		return found?.disturbance;
	};
	const serve = async (request: IncomingMessage, response: ServerResponse) => {
		const { method = '', url = '', headers } = request;
		const call = `${method} ${url}`;
		const body = await text(request);
		if (headers.authorization !== `Bearer ${token}`) {
			refused.push(`${call} without the token`);
			return reply(response, { status: 401, body: { code: 401, message: 'Access Denied' } });
		}
		calls.push(call);
		const wait = limit.retryAfter();
		if (wait !== undefined) {
			const reset = { 'x-ratelimit-remaining': '0', 'retry-after': String(wait) };
			const message = 'API rate limit exceeded';
			return reply(response, { status: 429, body: { code: 429, message }, headers: reset });
		}
		const disturbance = disturbanceOf(call);
		if (disturbance === 'hangs') return;
		if (disturbance === 'is out of order') {
			const message = 'Internal Server Error';
			return reply(response, { status: 500, body: { code: 500, message } });
		}
		const asked = new URL(url, `https://${headers.host}`);
		const given = answer(site, { method, url: asked, contentType: headers['content-type'], body });
		if (!given) refused.push(body === '' ? call : `${call} with a body`);
		const found = given ?? { status: 404, body: { code: 404, message: 'Not Found' } };
		const isFile = Buffer.isBuffer(found.body);
		reply(response, disturbance && isFile ? { ...found, body: Buffer.from('others') } : found);
	};
	return {
		...{ token, webhookSecret, site, calls, refused },
		listener: (request, response) => {
			serve(request, response).catch(() => response.destroy());
		},
		disturb: (matching, disturbance, times = Infinity) =>
			disturbances.push({ calls: matching, disturbance, times }),
		allow: (allowance) => (limit = new RateLimit(allowance)),
		calm: () => {
			disturbances = [];
			calls.length = 0;
			limit = new RateLimit(ALLOWANCE);
		},
		notify: async (url, deploy, secret) => await send(url, JSON.stringify(deploy), secret),
	};
}

function reply(response: ServerResponse, { status, body, headers = {} }: NetlifyAnswer): void {
	const isFile = Buffer.isBuffer(body);
	const type = isFile ? 'application/octet-stream' : 'application/json';
	response.writeHead(status, { 'x-ratelimit-limit': '500', ...headers, 'content-type': type });
	response.end(isFile ? body : JSON.stringify(body));
}

/** Signs as the documentation of the notifications has it: a token that holds the body's SHA-256. */
async function send(url: string, body: string, secret?: string): Promise<Response> {
	const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
	const sha256 = createHash('sha256').update(body).digest('hex');
	const content = `${encoded({ alg: 'HS256' })}.${encoded({ iss: 'netlify', sha256 })}`;
	const signature = createHmac('sha256', secret ?? '')
		.update(content)
		.digest('base64url');
	return await fetch(url, {
		method: 'POST',
		headers: {
			'content-type': 'application/json',
			...(secret !== undefined && { 'x-webhook-signature': `${content}.${signature}` }),
		},
		body,
	});
}
