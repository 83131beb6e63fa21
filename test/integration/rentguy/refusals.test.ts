import { ConfigurationError, ConnectionError } from '../../../core/errors';
import { RentGuyClient } from '../../../core/rentguy/client';
import { NoAnswerError, RateLimitedError, WrongPlaceError } from '../../../core/rentguy/errors';
import { createServerCertificate, type ServerCertificate } from '../../support/certificates';
import { eventually } from '../../support/eventually';
import { besideThePlatform, clientOf, failureOf, Lab, serverOf } from './lab';

const lab = new Lab();
let certificate: ServerCertificate;

beforeAll(async () => {
	await lab.open();
	certificate = await createServerCertificate();
});

afterEach(async () => await lab.tidy());

afterAll(async () => await lab.close());

describe('the platform refuses', () => {
	it('a wrong password, which is told without showing it', async () => {
		const there = await lab.start();
		const wrong = { user: there.user, password: 'not-the-password' };
		const error = await failureOf(clientOf(there, wrong).status(), wrong);
		expect(error).toBeInstanceOf(ConnectionError);
		expect(error.message).toMatch(/refused the user or the password/);
	});

	it('an address that it does not know, and everybody while its dashboard is disabled', async () => {
		const there = await lab.start();
		there.switches.admitted = false;
		const forbidden = await failureOf(clientOf(there).status(), there);
		expect(forbidden.message).toMatch(/does not admit the address/);
		there.switches.dashboardEnabled = false;
		const disabled = await failureOf(clientOf(there).status(), there);
		expect(disabled.message).toMatch(/dashboard is disabled/);
		// The prefix is not what is wrong.
		expect(there.requests).toHaveLength(2);
	});

	it('a path that does not exist, and both that were tried are named', async () => {
		const there = await lab.start({ prefix: '' });
		const baseUrl = `${there.baseUrl}/somewhere`;
		const error = await failureOf(clientOf(there, { baseUrl }).status(), there);
		expect(error).toBeInstanceOf(WrongPlaceError);
		expect(error.message).toContain(`at ${baseUrl}, nor at ${baseUrl}/api`);
		expect(error.hint).toMatch(/port 3000/);
	});

	it('a bad limit', async () => {
		const there = await lab.start();
		const error = await failureOf(clientOf(there).flush(501), there);
		expect(error).toBeInstanceOf(ConfigurationError);
		expect(error.message).toContain('limit: Moet tussen 1 en 500 liggen');
	});

	it('what is no JSON, and fields that it does not know', async () => {
		const there = await lab.start();
		const login = Buffer.from(`${there.user}:${there.password}`).toString('base64');
		const post = async (body: string) => {
			const url = `${there.baseUrl}/dashboard/api/integrations/rentguy/flush`;
			const headers = { Authorization: `Basic ${login}`, 'Content-Type': 'application/json' };
			return (await fetch(url, { method: 'POST', headers, body })).status;
		};
		expect([await post('{'), await post('{"all":true}'), await post('')]).toEqual([400, 422, 200]);
	});

	it('the sixth flush in a minute, whoever had the others', async () => {
		const there = await lab.start();
		const client = clientOf(there);
		for (let flush = 1; flush <= 5; flush++) await client.flush(1);
		const error = await failureOf(client.flush(1), there);
		expect(error).toBeInstanceOf(RateLimitedError);
		const { retryAfterSeconds } = error as unknown as RateLimitedError;
		expect(retryAfterSeconds).toBeGreaterThan(50);
		expect(retryAfterSeconds).toBeLessThanOrEqual(60);
	});

	it('the hundred-and-first call of any kind in a quarter of an hour (generation A)', async () => {
		const overallAllowance = { calls: 2, windowMs: 900_000 };
		const there = await lab.start({ generation: 'A', overallAllowance });
		const client = clientOf(there);
		await client.status();
		await client.status('public');
		const error = await failureOf(client.status(), there);
		expect(error).toMatchObject({ retryAfterSeconds: 900 });
		expect((await fetch(`${there.baseUrl}/health`)).status).toBe(429);
	});
});

describe('the platform does not answer', () => {
	it('while its Redis hangs: every call is given up, and a flush may have arrived', async () => {
		const there = await lab.start();
		const client = clientOf(there, {}, { statusTimeoutMs: 200, flushTimeoutMs: 200 });
		there.freezeRedis();
		for (const work of [client.status(), client.flush(1)]) {
			const error = await failureOf(work, there);
			expect(error).toBeInstanceOf(NoAnswerError);
			expect(error).toMatchObject({ mayHaveArrived: true });
			expect(error.message).toMatch(/did not answer within 0.2 seconds/);
		}
	});

	it('while it restarts: nothing has arrived', async () => {
		const there = await lab.start();
		await there.goDown();
		const error = await failureOf(clientOf(there).flush(1), there);
		expect(error).toMatchObject({ mayHaveArrived: false });
		expect(error.message).toMatch(/refused the connection/);
		await there.comeBack();
		expect(await clientOf(there).status()).toMatchObject({ pending: 0 });
	});

	it('before somebody presses stop, which ends the request', async () => {
		const there = await lab.start();
		there.freezeRedis();
		const stop = new AbortController();
		const pending = failureOf(clientOf(there, {}, { signal: stop.signal }).status(), there);
		await eventually(() => expect(there.requests).toHaveLength(1));
		stop.abort();
		expect((await pending).name).toBe('CancelledError');
	});
});

describe('TLS', () => {
	it('is verified: a private authority is refused unless it is given', async () => {
		const there = await lab.start({ tls: certificate });
		const refused = await failureOf(clientOf(there).status(), there);
		expect(refused).toBeInstanceOf(ConnectionError);
		expect(refused.message).toMatch(/certificate of the RentGuy dashboard server .* was refused/);
		expect(refused.hint).toMatch(/CA field/);
		expect(there.requests).toEqual([]);

		const { ca } = certificate;
		const trusting = clientOf(there, { tls: { mode: 'verify-full', ca } });
		expect(await trusting.status()).toMatchObject({ pending: 0 });
		expect(await clientOf(there, { tls: { mode: 'require' } }).status()).toMatchObject({
			pending: 0,
		});
	});

	it('is verified by name', async () => {
		const { ca, ...other } = await createServerCertificate(['DNS:elsewhere.example']);
		const there = await lab.start({ tls: { ca, ...other } });
		const client = clientOf(there, { tls: { mode: 'verify-full', ca } });
		const error = await failureOf(client.status(), there);
		expect(error.message).toMatch(/issued for another host name/);
	});

	it('with an unreadable authority is refused before anything is sent', async () => {
		const there = await lab.start();
		const client = clientOf(there, { tls: { mode: 'verify-full', ca: 'PEM' } });
		expect(await failureOf(client.status(), there)).toBeInstanceOf(ConfigurationError);
		expect(there.requests).toEqual([]);
	});
});

describe('something that is not the platform', () => {
	it('gets no login by a redirect', async () => {
		const there = await lab.start();
		await besideThePlatform(
			(request, response) => {
				response.writeHead(308, { Location: `${there.baseUrl}${request.url}?token=1` }).end();
			},
			async (baseUrl) => {
				const error = await failureOf(clientOf(there, { baseUrl }).status(), there);
				expect(error.message).toContain(`redirects from ${baseUrl}/`);
				expect(error.message).toContain(` to ${there.baseUrl}/`);
				expect(error.message).not.toContain('token');
			},
		);
		expect(there.requests).toEqual([]);
	});

	it('is not read for ever', async () => {
		const login = { user: 'admin', password: 'a-password-of-somebody' };
		const chunk = Buffer.alloc(64 * 1024, ' ');
		let sent = 0;
		await besideThePlatform(
			(_request, response) => {
				response.writeHead(200, { 'Content-Type': 'application/json' });
				const more = () => {
					while (sent < 1e9 && !response.destroyed) {
						sent += chunk.length;
						if (!response.write(chunk)) return response.once('drain', more);
					}
					return response.end();
				};
				more();
			},
			async (baseUrl) => {
				const client = new RentGuyClient({ baseUrl, ...login, tls: { mode: 'verify-full' } });
				const error = await failureOf(client.status(), login);
				expect(error.message).toMatch(/too long/);
			},
		);
		expect(sent).toBeLessThan(50e6);
	});

	it.each([
		['a website', 200, '<!doctype html>', /no RentGuy queue/],
		['another service', 200, '{"status":"ok"}', /no RentGuy queue/],
		['a proxy without its backend', 502, 'Bad Gateway', /answered with 502/],
		['a teapot', 418, '{"error":"short and stout"}', /answered with 418 \(short and stout\)/],
	])('is told from it: %s', async (_what, status, body, said) => {
		const there = await lab.start();
		await besideThePlatform(
			(_request, response) => void response.writeHead(status).end(body),
			async (baseUrl) => {
				const client = new RentGuyClient({ ...serverOf(there), baseUrl });
				expect((await failureOf(client.status(), there)).message).toMatch(said);
			},
		);
	});
});
