import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';

import { ConfigurationError } from '../../../core/errors';
import { readHttpSettings } from '../../../core/health/probes/http/settings';
import { freePort } from '../../support/free-port';
import { httpCheck, seenBy } from './checking';
import { answering, startWebServer, type WebServer } from './web-server';

const MB = 1_000_000;

let server: WebServer;
let requests: IncomingMessage[] = [];
/** Bytes that the last endless answer got rid of. */
let written = 0;

const json = (value: unknown) => (_request: IncomingMessage, response: ServerResponse) =>
	response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));

const redirect = (location: string, status = 302) =>
	((_request, response) => response.writeHead(status, { location }).end()) as (
		request: IncomingMessage,
		response: ServerResponse,
	) => void;

/** Sends 100 MB as fast as they are taken. */
function hundredMegabytes(_request: IncomingMessage, response: ServerResponse): void {
	const piece = Buffer.alloc(MB / 10, 'x');
	written = 0;
	const more = () => {
		while (written < 100 * MB) {
			written += piece.length;
			if (!response.write(piece)) return;
		}
		response.end();
	};
	response.on('drain', more);
	more();
}

const platform = (connected: boolean, redis = true, rentGuy = true) => ({
	...{ status: 'ok', service: 'mr-dj-backend', version: '1.0.0', uptime: 12 },
	dependencies: {
		database: { configured: true, connected, lastError: null },
		cache: { redis: { ok: redis } },
		integrations: { rentGuy: { ok: rentGuy, configured: true, queueSize: 0 } },
	},
});

beforeAll(async () => {
	server = await startWebServer((request, response) => {
		requests.push(request);
		answering({
			'/up': (_request, answer) => answer.end('all is well'),
			'/down': (_request, answer) => answer.writeHead(503).end('maintenance'),
			'/json': json({ items: [{ id: 5 }], user: { password: 'hunter2' }, note: 'x'.repeat(300) }),
			'/hangs': () => undefined,
			'/slow-body': (_request, answer) => {
				answer.write('a beginning');
			},
			'/breaks-off': (_request, answer) => {
				answer.writeHead(200, { 'content-length': 100 }).write('half');
				setImmediate(() => answer.destroy());
			},
			'/large': hundredMegabytes,
			'/large-when-unpacked': (_request, answer) => {
				const gzip = createGzip();
				gzip.pipe(answer.writeHead(200, { 'content-encoding': 'gzip' }));
				gzip.end(Buffer.alloc(100 * MB));
			},
			'/circle': redirect('/circle-2'),
			'/circle-2': redirect('/circle'),
			'/itself': redirect('/itself'),
			'/moved': redirect('/up'),
			'/moved-for-good': redirect('/up', 308),
			'/away': (one, answer) => {
				const other = `http://localhost:${server.port}/up`;
				redirect(other)(one, answer);
			},
			'/to-a-file': redirect('file:///etc/passwd'),
			'/platform': json(platform(true)),
			'/platform-without-database': json(platform(false)),
			'/platform-without-redis': json(platform(true, false)),
			'/platform-without-queue': json(platform(true, true, false)),
			'/spring': json({ status: 'UP', components: { db: { status: 'UP' } } }),
			'/spring-down': json({
				status: 'DOWN',
				components: {
					db: { status: 'UP' },
					disks: { status: 'DOWN', components: { data: { status: 'OUT_OF_SERVICE' } } },
				},
			}),
			'/health-json': json({ status: 'warn', checks: { 'cpu:load': [{ status: 'warn' }] } }),
			'/unknown-words': json({ status: 'splendid' }),
			...Object.fromEntries(
				Array.from({ length: 12 }, (_, index) => [`/hop-${index}`, redirect(`/hop-${index + 1}`)]),
			),
		})(request, response);
	});
});

beforeEach(() => {
	requests = [];
});

afterAll(() => server.close());

describe('a page', () => {
	it('that answers is healthy', async () => {
		const seen = await seenBy(httpCheck({ url: `${server.url}/up` }));
		expect(seen).toMatchObject({
			...{ status: 'pass', observedUnit: 'ms', observedValue: expect.any(Number) },
			output: expect.stringMatching(/^HTTP 200 in \d+ ms\.$/),
		});
	});

	it('that answers with an error is not', async () => {
		const seen = await seenBy(httpCheck({ url: `${server.url}/down` }));
		expect(seen.status).toBe('fail');
		expect(seen.output).toMatch(/^HTTP 503 in \d+ ms; expected \[STATUS\] < 400, seen 503\.$/);
	});

	it('is measured by its body, its headers and its time', async () => {
		const fail = ['[BODY].items[0].id == 5', '[HEADERS].content-type == pat(*/json)'];
		const warn = ['[RESPONSE_TIME] < 30s', 'len([BODY].items) > 1'];
		const seen = await seenBy(httpCheck({ url: `${server.url}/json` }, { fail, warn }));
		expect(seen.status).toBe('warn');
		expect(seen.conditions).toMatchObject([
			{ expected: fail[0], seen: '5', met: true },
			{ expected: fail[1], seen: 'application/json', met: true },
			{ expected: warn[0], seen: expect.stringMatching(/^\d+ ms$/), met: true },
			{ expected: warn[1], seen: '1', met: false, otherwise: 'warn' },
		]);
	});

	it('is asked by the method, with the headers and the body that were given', async () => {
		const headers = [{ name: 'X-Probe', value: 'yes' }];
		for (const method of ['HEAD', 'OPTIONS', 'POST'] as const) {
			const fields = { url: `${server.url}/up`, method, headers, body: '{}' };
			const seen = await seenBy(httpCheck(fields, { fail: ['[STATUS] == 200'] }));
			expect(seen.status).toBe('pass');
		}
		expect(requests.map(({ method, headers: sent }) => [method, sent['x-probe']])).toEqual([
			['HEAD', 'yes'],
			['OPTIONS', 'yes'],
			['POST', 'yes'],
		]);
	});
});

describe('a server that does not answer', () => {
	it('because nothing listens', async () => {
		const port = await freePort();
		const seen = await seenBy(httpCheck({ url: `http://127.0.0.1:${port}` }));
		expect(seen.status).toBe('fail');
		expect(seen.output).toBe(`The web server at 127.0.0.1:${port} refused the connection.`);
		expect(seen.conditions[0]).toMatchObject({
			...{ expected: '[STATUS] < 400', seen: 'nothing: it could not be observed', met: false },
		});
		expect(seen).not.toHaveProperty('observedValue');
	});

	it('because there is no such name', async () => {
		const seen = await seenBy(httpCheck({ url: 'https://no-such-host.invalid/health' }));
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain('The host name "no-such-host.invalid" of the');
	});

	it.each(['/hangs', '/slow-body'])('in time: %s', async (path) => {
		const seen = await seenBy(httpCheck({ url: server.url + path }, { timeoutMs: 150 }));
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain('no complete answer within 150 ms.');
	});

	it('in the language of the web', async () => {
		const other = createServer((socket) => socket.end('220 mail.example.com ESMTP\r\n'));
		other.listen(0, '127.0.0.1');
		await once(other, 'listening');
		const { port } = other.address() as AddressInfo;
		const seen = await seenBy(httpCheck({ url: `http://127.0.0.1:${port}` }));
		other.close();
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain(`The connection to the web server at 127.0.0.1:${port} failed`);
	});

	it('can be what is expected', async () => {
		const fail = ['[CONNECTED] == false'];
		const port = await freePort();
		const seen = await seenBy(httpCheck({ url: `http://127.0.0.1:${port}` }, { fail }));
		expect(seen.status).toBe('pass');
	});
});

describe('a body', () => {
	it.each(['/large', '/large-when-unpacked'])('of 100 MB is cut off: %s', async (path) => {
		const check = httpCheck({ url: server.url + path }, { fail: ['[BODY] != pat(*fault*)'] });
		const seen = await seenBy(check);
		expect(seen.status).toBe('fail');
		expect(seen.output).toMatch(
			/^HTTP 200 in \d+ ms, the body is longer than 1 MB and was cut off;/,
		);
		// What the system keeps in its own buffers has left the server too.
		expect(written).toBeLessThan(30 * MB);
	});

	it('that breaks off is not taken for a whole one', async () => {
		const check = httpCheck({ url: `${server.url}/breaks-off` }, { fail: ['[BODY] == half'] });
		const seen = await seenBy(check);
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain('the body broke off');
	});

	it('that is no JSON has no parts', async () => {
		const seen = await seenBy(httpCheck({ url: `${server.url}/up` }, { fail: ['[BODY].a == 1'] }));
		expect(seen.output).toContain('seen nothing: it is not JSON');
	});
});

describe('redirects', () => {
	it.each(['/moved', '/moved-for-good', '/hop-3'])('are followed: %s', async (path) => {
		const fail = path === '/hop-3' ? ['[STATUS] == 404'] : ['[BODY] == all is well'];
		const seen = await seenBy(httpCheck({ url: server.url + path }, { fail }));
		expect(seen.status).toBe('pass');
		expect(seen.output).toMatch(/after [19] redirects/);
	});

	it('are not followed where that is not wanted', async () => {
		const fields = { url: `${server.url}/moved`, followRedirects: false };
		const fail = ['[STATUS] == 302', '[HEADERS].location == /up'];
		expect(await seenBy(httpCheck(fields, { fail }))).toMatchObject({ status: 'pass' });
		expect(requests).toHaveLength(1);
	});

	it.each([
		['/itself', 'It redirects in a circle, back to'],
		['/circle', 'It redirects in a circle, back to'],
		['/hop-0', 'It redirects more than 10 times'],
		['/to-a-file', 'It redirects to what is no web page'],
	])('end somewhere: %s', async (path, reason) => {
		const seen = await seenBy(httpCheck({ url: server.url + path }));
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain(reason);
		expect(requests.length).toBeLessThanOrEqual(11);
	});

	it('take no secrets to another server', async () => {
		const headers = [{ name: 'X-Api-Key', value: 'for-one-server-only' }];
		const url = `http://user:secret@127.0.0.1:${server.port}/away`;
		const seen = await seenBy(httpCheck({ url, headers }));
		expect(seen.status).toBe('pass');
		const [first, second] = requests.map((request) => request.headers);
		expect(first).toMatchObject({
			...{ 'x-api-key': 'for-one-server-only' },
			authorization: `Basic ${Buffer.from('user:secret').toString('base64')}`,
		});
		expect(second).not.toHaveProperty('x-api-key');
		expect(second).not.toHaveProperty('authorization');
	});
});

describe('a health document', () => {
	it.each([
		['/platform', 'pass', 'says pass'],
		['/platform-without-database', 'fail', 'says fail (not well: database)'],
		['/platform-without-redis', 'fail', 'says fail (not well: cache.redis)'],
		['/platform-without-queue', 'warn', 'says warn (not well: integrations.rentGuy)'],
		['/spring', 'pass', 'says pass'],
		['/spring-down', 'fail', 'says fail (not well: disks/data)'],
		['/health-json', 'warn', 'says warn (not well: cpu:load)'],
		['/unknown-words', 'pass', 'HTTP 200'],
	])('of %s makes the check %s', async (path, status, words) => {
		const seen = await seenBy(httpCheck({ url: server.url + path }));
		expect(seen.status).toBe(status);
		expect(seen.output).toContain(words);
	});

	it('can be demanded', async () => {
		const fail = ['[HEALTH] >= warn'];
		const passed = await seenBy(httpCheck({ url: `${server.url}/health-json` }, { fail }));
		expect(passed.status).toBe('pass');
		const failed = await seenBy(httpCheck({ url: `${server.url}/up` }, { fail }));
		expect(failed.output).toContain('expected [HEALTH] >= warn, seen unknown');
	});
});

describe('what is shown', () => {
	it('holds no secret and no more than a little of the body', async () => {
		const url = `http://user:s3cr3t-login@127.0.0.1:${server.port}/json?key=s3cr3t-query#s3cr3t-hash`;
		const headers = [{ name: 'Authorization', value: 'Bearer s3cr3t-header' }];
		const fail = [
			'[BODY].user.password == s3cr3t-expected',
			'[BODY].note == short',
			'[BODY] == pat(*never*)',
			'[HEADERS].set-cookie == s3cr3t-cookie',
		];
		const { document } = await seenBy(httpCheck({ url, headers }, { fail }));
		const shown = JSON.stringify(document);
		expect(document.status).toBe('fail');
		expect(shown).not.toMatch(/s3cr3t|hunter2/);
		expect(shown).not.toContain('x'.repeat(101));
		expect(shown).toContain('[BODY].user.password == …');
		expect(shown).toMatch(/a text of \d+ characters/);
	});

	it('is the same for a server that is down', async () => {
		const port = await freePort();
		const { document } = await seenBy(
			httpCheck({ url: `http://user:s3cr3t@127.0.0.1:${port}/a?token=s3cr3t` }),
		);
		expect(JSON.stringify(document)).not.toContain('s3cr3t');
	});
});

it('takes a percent sign in the login of the URL for what it is', () => {
	const { headers } = readHttpSettings({ url: 'http://us%40er:100%@a.example/' });
	const login = Buffer.from('us@er:100%').toString('base64');
	expect(headers.get('authorization')).toBe(`Basic ${login}`);
});

describe('settings that cannot work', () => {
	it.each([
		[{ url: 'example.com' }, 'The URL of a check is not one of the web.'],
		[{ url: 'file:///etc/passwd' }, 'The URL of a check is not one of the web.'],
		[{ url: 'http://a', headers: [{ name: 'a b', value: 's3cr3t' }] }, 'A header'],
		[{ url: 'http://a', headers: [{ name: 'a', value: 's3cr3t\r\nb: c' }] }, 'A header'],
		[{ url: 'http://a', ca: 'no certificate' }, 'The CA certificate of the web server'],
	])('are refused: %j', (fields, message) => {
		expect(() => readHttpSettings(fields)).toThrow(ConfigurationError);
		expect(() => readHttpSettings(fields)).toThrow(message);
		expect(() => readHttpSettings(fields)).not.toThrow('s3cr3t');
	});
});
