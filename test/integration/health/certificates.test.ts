import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

import { probeTcp, TCP } from '../../../core/health/probes/tcp';
import { probeTls, TLS } from '../../../core/health/probes/tls';
import { createSelfSignedCertificate, createServerCertificate } from '../../support/certificates';
import { freePort } from '../../support/free-port';
import { checkOf, httpCheck, seenBy } from './checking';
import { startWebServer, type WebServer } from './web-server';

const HOUR = 3_600_000;
const servers: Record<string, WebServer> = {};
let ca: Record<string, string>;
let requests = 0;
let silent: Server;
let silentPort: number;

beforeAll(async () => {
	const [good, long, expired, elsewhere, selfSigned] = await Promise.all([
		createServerCertificate(),
		createServerCertificate(undefined, 90),
		createServerCertificate(undefined, -1),
		createServerCertificate(['DNS:elsewhere.example']),
		createSelfSignedCertificate(),
	]);
	for (const [name, { key, certificate }] of Object.entries({
		...{ good, long, expired, elsewhere, selfSigned },
	})) {
		servers[name] = await startWebServer(
			(_request, response) => {
				requests++;
				response.end();
			},
			{ key, cert: certificate },
		);
	}
	ca = { good: good.ca, long: long.ca, expired: expired.ca, elsewhere: elsewhere.ca };
	silent = createServer((socket) => socket.on('error', () => undefined));
	silent.listen(0, '127.0.0.1');
	await once(silent, 'listening');
	silentPort = (silent.address() as AddressInfo).port;
});

afterAll(async () => {
	silent.close();
	await Promise.all(Object.values(servers).map((server) => server.close()));
});

const tls = (name: string, conditions = {}, serverName?: string) =>
	checkOf(
		TLS,
		(signal) => {
			const target = { host: '127.0.0.1', port: servers[name]!.port };
			const authorities = ca[name] === undefined ? {} : { ca: [ca[name]] };
			return probeTls({ ...target, ...authorities, ...(serverName && { serverName }) }, signal);
		},
		conditions,
	);

describe('a certificate', () => {
	it('that is trusted for long is well', async () => {
		const seen = await seenBy(tls('long'));
		expect(seen).toMatchObject({ status: 'pass', observedUnit: 'h' });
		expect(seen.output).toBe('the certificate is trusted; it expires in 89.9 d.');
		expect(seen.observedValue).toBe(2_159);
	});

	it('that ends soon fails, or warns where that is asked for', async () => {
		const seen = await seenBy(tls('good'));
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain('expected [CERTIFICATE_EXPIRATION] > 3d, seen 47.9 h');
		const warn = ['[CERTIFICATE_EXPIRATION] > 240h'];
		const fail = ['[CERTIFICATE_EXPIRATION] > 1d'];
		expect(await seenBy(tls('good', { fail, warn }))).toMatchObject({ status: 'warn' });
	});

	it.each([
		['expired', 'it has expired; it expired 24 h ago'],
		['selfSigned', 'it is self-signed; it expires in 47.9 h'],
		['elsewhere', 'it was not issued for the address 127.0.0.1; it expires in 47.9 h'],
	])('is observed although it is not trusted: %s', async (name, words) => {
		const seen = await seenBy(tls(name));
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain(`the certificate is not trusted: ${words}`);
		expect(seen.observedValue).toBe(name === 'expired' ? -25 : 47);
	});

	it('of an unknown authority is not trusted', async () => {
		const port = servers.good!.port;
		const probe = (signal: AbortSignal) => probeTls({ host: '127.0.0.1', port }, signal);
		const seen = await seenBy(checkOf(TLS, probe));
		expect(seen.output).toContain(
			'its authority is not known, or a certificate between is missing',
		);
	});

	it('is compared with the name that is given', async () => {
		const fail = ['[CERTIFICATE_TRUSTED] == true'];
		const seen = await seenBy(tls('elsewhere', { fail }, 'elsewhere.example'));
		expect(seen.status).toBe('pass');
	});
});

describe('an encrypted page', () => {
	it('is read where its certificate is trusted', async () => {
		const url = servers.long!.url;
		const fail = ['[STATUS] == 200', '[CERTIFICATE_EXPIRATION] > 240h'];
		expect(await seenBy(httpCheck({ url, ca: ca.long! }, { fail }))).toMatchObject({
			status: 'pass',
		});
	});

	it.each(['expired', 'selfSigned', 'elsewhere'])(
		'gets no request, but its certificate is measured: %s',
		async (name) => {
			requests = 0;
			const url = servers[name]!.url;
			const fail = [`[CERTIFICATE_EXPIRATION] > ${-2 * 24 * HOUR}`, '[CONNECTED] == false'];
			const fields = { url, ...(ca[name] && { ca: ca[name] }) };
			const seen = await seenBy(httpCheck(fields, { fail }));
			expect(seen.status).toBe('pass');
			expect(seen.output).toContain('the certificate is not trusted: it');
			expect(requests).toBe(0);
			expect(await seenBy(httpCheck(fields))).toMatchObject({ status: 'fail' });
		},
	);
});

describe('a server without TLS', () => {
	it('that says something else is told', async () => {
		const plain = await startWebServer((_request, response) => response.end());
		const url = `https://127.0.0.1:${plain.port}`;
		const seen = await seenBy(httpCheck({ url }));
		await plain.close();
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain('could not be set up');
	});

	it('that says nothing is given up', async () => {
		const probe = (signal: AbortSignal) =>
			probeTls({ host: '127.0.0.1', port: silentPort }, signal);
		const seen = await seenBy(checkOf(TLS, probe, { timeoutMs: 100 }));
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain('no complete answer within 100 ms');
	});
});

describe('a port', () => {
	const tcp = (host: string, port: number) =>
		checkOf(TCP, (signal) => probeTcp({ host, port }, signal));

	it('is open where something listens', async () => {
		const seen = await seenBy(tcp('localhost', silentPort));
		expect(seen.status).toBe('pass');
		expect(seen.output).toMatch(/^connected in \d+ ms\.$/);
	});

	it('is closed where nothing does', async () => {
		const port = await freePort();
		const seen = await seenBy(tcp('127.0.0.1', port));
		expect(seen.status).toBe('fail');
		expect(seen.output).toContain(`The TCP server at 127.0.0.1:${port} refused the connection`);
	});

	it('cannot be found on a host that is not known', async () => {
		const seen = await seenBy(tcp('no-such-host.invalid', 80));
		expect(seen.output).toContain('The host name "no-such-host.invalid"');
	});
});
