import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import type { ServerCertificate } from '../certificates';
import type { RunningRedis } from '../redis-server';
import { Bookings } from './bookings';
import { queueOfGenerationA } from './queue-a';
import { queueOfGenerationB } from './queue-b';
import { type Allowance, RateLimit } from './rate-limit';
import { RentGuy } from './rent-guy';
import { answer, type Backend, type Switches } from './routes';
import type { JobState } from './sync-queue';

export interface PlatformOptions {
	/** Where the queue is kept. */
	redis: RunningRedis;
	/** `A` is the older one. */
	generation?: 'A' | 'B';
	/** What the proxy strips; beside it there is a website. Empty is straight at the backend. */
	prefix?: '/api' | '';
	/** Speaks HTTPS with this certificate. */
	tls?: ServerCertificate;
	/** Of all keys in Redis. */
	keyPrefix?: string;
	/** Flushes of all integrations together; 5 in a minute. */
	flushAllowance?: Allowance;
	/** Calls of every route, in generation A; 100 in 15 minutes. */
	overallAllowance?: Allowance;
}

export interface LoggedRequest {
	readonly method: string;
	/** As the client asked, prefix and all. */
	readonly path: string;
	readonly hasLogin: boolean;
	/** 0 while there is no answer. */
	status: number;
}

/** The backend of the platform as far as a client sees it, over a real BullMQ queue. */
export interface Platform {
	/** `http://127.0.0.1:<port>/api`, or without the prefix. */
	readonly baseUrl: string;
	readonly port: number;
	readonly user: string;
	readonly password: string;
	readonly keyPrefix: string;
	readonly rentGuy: RentGuy;
	readonly switches: Switches;
	readonly bookings: Bookings;
	readonly requests: LoggedRequest[];
	/** Ids of the new jobs. Delayed ones wait for an hour; generation A has waiting ones only. */
	addJobs(count: number, state?: JobState): Promise<string[]>;
	/** Generation B only. */
	addDeadLetters(count: number): Promise<string[]>;
	pauseQueue(): Promise<void>;
	resumeQueue(): Promise<void>;
	/** The status document, past the server. */
	status(): Promise<Record<string, unknown>>;
	/** Does something once, when the next such request has come and before it is answered. */
	whenAsked(method: 'DELETE' | 'GET' | 'POST', act: () => void): void;
	/** From now on Redis takes commands and answers none; every call hangs. */
	freezeRedis(): void;
	/** Redis goes on with what it was asked in the meantime. */
	thawRedis(): void;
	/** The backend ends; its queue stays, what it remembered is gone. */
	goDown(): Promise<void>;
	comeBack(): Promise<void>;
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts the platform on a free port, with a random password. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
	const { redis, generation = 'B', prefix = '/api', tls, keyPrefix = 'bull:mrdj' } = options;
	const login = { user: 'admin', password: randomBytes(12).toString('hex') };
	const rentGuy = new RentGuy();
	const bookings = new Bookings();
	const requests: LoggedRequest[] = [];
	const plans: Plan[] = [];
	const switches: Switches = {
		...{ configured: true, workspaceId: 'ws-1', dashboardEnabled: true, admitted: true },
		database: { configured: true, connected: true, lastError: null },
		isAsleep: false,
	};
	let running: { server: Server; backend: Backend; b?: ReturnType<typeof queueOfGenerationB> };
	let port = 0;

	const start = async () => {
		const parts = { redis, keyPrefix, rentGuy };
		const b = generation === 'B' ? queueOfGenerationB(parts) : undefined;
		const queue = b ?? queueOfGenerationA(parts);
		const { flushAllowance = { calls: 5, windowMs: 60_000 } } = options;
		const { overallAllowance = { calls: 100, windowMs: 15 * 60_000 } } = options;
		const backend: Backend = {
			...{ login, switches, queue, bookings },
			...{ flushLimit: new RateLimit(flushAllowance) },
			bookingParts: { switches, rentGuy, queue, canRemove: generation === 'B' },
			...(generation === 'A' && { overallLimit: new RateLimit(overallAllowance) }),
			startedAt: Date.now(),
		};
		const listener = (request: IncomingMessage, response: ServerResponse) =>
			void serve(backend, { request, response, prefix, requests, plans });
		const server = tls
			? createTlsServer({ cert: tls.certificate, key: tls.key }, listener)
			: createServer(listener);
		await queue.start();
		server.listen(port, HOST);
		await once(server, 'listening');
		port = (server.address() as AddressInfo).port;
		running = { server, backend, ...(b && { b }) };
	};
	const goDown = async () => {
		const { server, backend } = running;
		const closed = once(server, 'close');
		server.close();
		server.closeAllConnections();
		await Promise.all([closed, backend.queue.stop()]);
		bookings.forget();
	};
	const ofB = () => {
		if (!running.b) throw new Error('Generation A cannot do that.');
		return running.b;
	};
	const thawRedis = () => void process.kill(redis.pid, 'SIGCONT');

	await start();
	return {
		...{ port, ...login, keyPrefix, rentGuy, switches, bookings, requests, goDown, thawRedis },
		baseUrl: `${tls ? 'https' : 'http'}://${HOST}:${port}${prefix}`,
		addJobs: async (count, state = generation === 'A' ? 'waiting' : 'delayed') =>
			await running.backend.queue.add(count, state),
		addDeadLetters: async (count) => await ofB().bury(count),
		pauseQueue: async () => await ofB().pause(),
		resumeQueue: async () => await ofB().resume(),
		status: async () => await running.backend.queue.status(),
		whenAsked: (method, act) => void plans.push({ method, act }),
		freezeRedis: () => void process.kill(redis.pid, 'SIGSTOP'),
		comeBack: start,
		stop: async () => {
			thawRedis();
			rentGuy.release();
			if (running.server.listening) await goDown();
		},
	};
}

/** What a test has asked for by `whenAsked`. */
interface Plan {
	method: string;
	act: () => void;
}

interface Exchange {
	request: IncomingMessage;
	response: ServerResponse;
	prefix: string;
	requests: LoggedRequest[];
	plans: Plan[];
}

async function serve(backend: Backend, exchange: Exchange) {
	const { request, response, prefix, requests, plans } = exchange;
	const { method = '', url = '/' } = request;
	const path = url.split('?', 1)[0] ?? '/';
	const { authorization, 'content-type': contentType = '' } = request.headers;
	const isJson = contentType.startsWith('application/json');
	const log: LoggedRequest = { method, path, hasLogin: authorization !== undefined, status: 0 };
	requests.push(log);
	const planned = plans.findIndex((plan) => plan.method === method);
	for (const { act } of planned < 0 ? [] : plans.splice(planned, 1)) act();
	const isForBackend = path.startsWith(`${prefix}/`);
	try {
		const body = await text(request);
		const {
			status,
			body: document,
			headers,
		} = isForBackend
			? await answer(backend, {
					method,
					path: path.slice(prefix.length),
					authorization,
					isJson,
					body,
				})
			: { status: 200, body: undefined, headers: {} };
		log.status = status;
		const type = document ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8';
		response.writeHead(status, { 'Content-Type': type, ...headers });
		if (status === 204) return void response.end();
		response.end(document ? JSON.stringify(document) : '<!doctype html><title>Mister DJ</title>');
	} catch (error) {
		// The client went away, or the test took the Redis away for good.
		response.destroy(error instanceof Error ? error : undefined);
	}
}
