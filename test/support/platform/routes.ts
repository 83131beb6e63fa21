import { timingSafeEqual } from 'node:crypto';

import type { BookingParts, Bookings } from './bookings';
import type { RateLimit } from './rate-limit';
import type { SyncQueue } from './sync-queue';

/** What a test can change while the platform runs. */
export interface Switches {
	/** Whether RentGuy is set up. */
	configured: boolean;
	/** Of RentGuy, into which the platform delivers. */
	workspaceId: string | null;
	dashboardEnabled: boolean;
	/** Whether the address of the client may use the dashboard. */
	admitted: boolean;
	/** As `/health` shows it; its status is 200 all the same. */
	database: { configured: boolean; connected: boolean; lastError: string | null };
	/** As after a start: until the first query the backend takes its database for not connected. */
	isAsleep: boolean;
}

export interface Backend {
	login: { user: string; password: string };
	switches: Switches;
	queue: SyncQueue;
	bookings: Bookings;
	/** What the bookings need of the rest. */
	bookingParts: BookingParts;
	flushLimit: RateLimit;
	/** Of every route; only the older generation has one. */
	overallLimit?: RateLimit;
	startedAt: number;
}

export interface BackendRequest {
	method: string;
	/** Without the proxy's prefix. */
	path: string;
	authorization: string | undefined;
	/** Whether the body is said to be JSON. */
	isJson: boolean;
	body: string;
}

export interface BackendAnswer {
	status: number;
	/** Absent where there is none, as with 204. */
	body?: object;
	headers?: Record<string, string>;
}

const json = (status: number, body: object): BackendAnswer => ({ status, body });

const tooMany = (retryAfter: number) => json(429, { error: 'Too many requests', retryAfter });

/** Answers as the backend does: limits first, then the parser of bodies, then the routes. */
export async function answer(backend: Backend, request: BackendRequest): Promise<BackendAnswer> {
	const wait = backend.overallLimit?.retryAfter();
	if (wait !== undefined) return tooMany(wait);
	const body = parse(request.body);
	if (body === undefined) return json(400, { error: 'Invalid JSON' });
	const route = `${request.method} ${request.path}`;
	if (route === 'GET /health') return json(200, await health(backend));
	if (route === 'GET /integrations/rentguy/status') return json(200, await status(backend));
	if (/^\/bookings(\/|$)/.test(request.path)) {
		const { method, path } = request;
		// The parser takes a document only where the client calls it one.
		const document = request.isJson ? body : {};
		return (
			(await backend.bookings.answer(backend.bookingParts, { method, path, body: document })) ??
			notFound(request)
		);
	}
	if (request.path.startsWith('/dashboard/api/')) {
		return (await dashboard(backend, request, route, body)) ?? notFound(request);
	}
	return notFound(request);
}

async function dashboard(
	backend: Backend,
	request: BackendRequest,
	route: string,
	body: unknown,
): Promise<BackendAnswer | undefined> {
	const { switches } = backend;
	if (!switches.dashboardEnabled) return json(404, { error: 'Config dashboard disabled' });
	if (!switches.admitted) return json(403, { error: 'Forbidden' });
	if (!isLogin(backend.login, request.authorization)) {
		const headers = { 'WWW-Authenticate': 'Basic realm="dashboard"' };
		return { ...json(401, { error: 'Unauthorized' }), headers };
	}
	switch (route) {
		case 'GET /dashboard/api/integrations/rentguy/status':
			return json(200, await status(backend));
		case 'POST /dashboard/api/integrations/rentguy/flush':
			return await limited(backend, body, async (limit) => await flush(backend, limit));
		case 'POST /dashboard/api/integrations/sevensa/flush': {
			const nothing = { configured: true, attempted: 0, delivered: 0, remaining: 0 };
			return await limited(backend, body, async () => nothing);
		}
	}
	return undefined;
}

/** The flushes of all integrations share one allowance. */
async function limited(
	{ flushLimit }: Backend,
	body: unknown,
	work: (limit: number) => Promise<object>,
): Promise<BackendAnswer> {
	const wait = flushLimit.retryAfter();
	if (wait !== undefined) return tooMany(wait);
	const { limit, details } = validate(body);
	if (details.length > 0) return json(422, { error: 'Validatie mislukt', details });
	return json(200, await work(limit));
}

async function flush({ switches, queue }: Backend, limit: number) {
	if (switches.configured) return { configured: true, ...(await queue.flush(limit)) };
	const { queueSize } = await queue.status();
	return { configured: false, attempted: 0, delivered: 0, remaining: queueSize };
}

async function status({ switches, queue }: Backend) {
	const { configured, workspaceId } = switches;
	return { configured, workspaceId, ...(await queue.status()) };
}

async function health(backend: Backend) {
	const { configured, queueSize } = await status(backend);
	return {
		...{ status: 'ok', timestamp: new Date().toISOString(), service: 'mr-dj-backend' },
		...{ version: '1.0.0', environment: 'production' },
		uptime: (Date.now() - backend.startedAt) / 1000,
		dependencies: {
			database: databaseOf(backend.switches),
			cache: { redis: { ok: true } },
			integrations: { rentGuy: { ok: configured, configured, queueSize } },
		},
	};
}

function databaseOf({ database, isAsleep }: Switches) {
	return { ...database, connected: database.connected && !isAsleep };
}

const notFound = ({ path }: BackendRequest) => json(404, { error: 'Endpoint not found', path });

function validate(body: unknown) {
	const details: { field: string; message: string }[] = [];
	const fields = typeof body === 'object' && body !== null ? Object.entries(body) : [];
	let limit = 50;
	for (const [field, value] of fields) {
		if (field !== 'limit') details.push({ field, message: 'Onbekend veld' });
		else if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 500)
			limit = value;
		else details.push({ field, message: 'Moet tussen 1 en 500 liggen' });
	}
	return { limit, details };
}

function isLogin(login: Backend['login'], authorization = ''): boolean {
	const expected = Buffer.from(
		`Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`,
	);
	const given = Buffer.from(authorization);
	return given.length === expected.length && timingSafeEqual(given, expected);
}

function parse(body: string): unknown {
	if (body === '') return {};
	try {
		return JSON.parse(body);
	} catch {
		return undefined;
	}
}
