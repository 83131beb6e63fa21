import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
	ConfigurationError,
	ConnectionError,
	type DisasterRecoveryError,
} from '../../../core/errors';
import { createS3Store, type S3StoreSettings } from '../../../core/repository/stores/s3';
import { type FaultRule, type S3Server, startS3Server } from '../../support/s3-server';
import { failureOf, SHORT_LIMITS, storeOn } from './setup';

describe('the connection test of an S3 store', () => {
	let server: S3Server;
	beforeAll(async () => {
		server = await startS3Server();
	});
	afterEach(() => {
		server.faults.clear();
	});
	afterAll(async () => await server.stop());

	const checkWith = async (settings: Partial<S3StoreSettings>): Promise<DisasterRecoveryError> =>
		await failureOf(storeOn(server, SHORT_LIMITS, settings).check());

	it('passes, and leaves nothing behind', async () => {
		await storeOn(server).check();
		expect(server.objects()).toEqual([]);
	});

	it('never sends a body as a stream or with a trailer', async () => {
		await storeOn(server).check();
		const put = server.requests.filter(({ method }) => method === 'PUT').at(-1);
		expect(put?.headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
		expect(put?.headers['content-md5']).toBeDefined();
		expect(put?.headers).not.toHaveProperty('x-amz-trailer');
		expect(put?.headers).not.toHaveProperty('x-amz-checksum-crc32');
	});

	it.each<[string, Partial<S3StoreSettings>, RegExp]>([
		['bucket', { bucket: 'other' }, /there is no bucket other/],
		['access key', { accessKeyId: 'AKOTHER' }, /does not know the access key ID/],
		['secret', { secretAccessKey: 'not-the-secret-of-this-key' }, /the secret access key does not/],
		['region', { region: 'us-east-1' }, /in region eu-test-1, not in us-east-1/],
		['protocol', {}, /does not speak the protocol/],
	])('names a wrong %s', async (what, settings, text) => {
		const endpoint =
			what === 'protocol' ? server.endpoint.replace('http', 'https') : server.endpoint;
		const failure = await checkWith({ endpoint, ...settings });
		expect(failure).toBeInstanceOf(ConnectionError);
		expect(failure.message).toMatch(text);
		expectNoSecret(failure, [server.secretAccessKey, settings.secretAccessKey]);
	});

	it.each<[string, FaultRule['method'], string]>([
		['list', 'GET', 's3:ListBucket'],
		['write', 'PUT', 's3:PutObject'],
		['delete', 'DELETE', 's3:DeleteObject'],
	])('names a missing right to %s', async (_what, method, permission) => {
		const refusal = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
		server.faults.add({ method, effect: refusal });
		const failure = await checkWith({});
		expect(failure.hint).toContain(permission);
	});

	it('names a missing right to read, and deletes what it wrote', async () => {
		const refusal = { kind: 'status', status: 403, code: 'AccessDenied' } as const;
		const before = server.objects().length;
		server.faults.add({ method: 'GET', when: ({ key }) => key !== '', effect: refusal });
		expect((await checkWith({})).hint).toContain('s3:GetObject');
		expect(server.objects()).toHaveLength(before);
	});

	it('notices a server that gives back other bytes', async () => {
		const when: FaultRule['when'] = ({ key }) => key !== '';
		server.faults.add({ method: 'GET', when, effect: { kind: 'corrupt-response', atByte: 3 } });
		expect((await checkWith({})).message).toContain('gives back other bytes');
	});

	it('names a server that refuses connections', async () => {
		const gone = await startS3Server();
		await gone.stop();
		expect((await checkWith({ endpoint: gone.endpoint })).message).toContain(
			'does not accept connections',
		);
	});

	it('names a host that does not exist', async () => {
		const failure = await checkWith({ endpoint: 'http://no-such-host.invalid' });
		expect(failure.message).toContain('cannot be found');
	});

	it('names a server that is not S3', async () => {
		const page = '<html>hello</html>';
		const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${page.length}\r\n\r\n${page}`;
		await withRawServer(answer, async (endpoint) => {
			const failure = await checkWith({ endpoint });
			expect(failure.message).toContain('does not answer like an S3 server');
		});
	});

	it('names a server that is not even HTTP', async () => {
		await withRawServer('SSH-2.0-OpenSSH_9.2\r\n', async (endpoint) => {
			expect((await checkWith({ endpoint })).message).toContain('does not speak the protocol');
		});
	});

	it('gets over a clock that is wrong', async () => {
		const ahead = await startS3Server({ clockAheadMs: 40 * 60_000 });
		try {
			await storeOn(ahead, SHORT_LIMITS).check();
		} finally {
			await ahead.stop();
		}
	});

	describe('over TLS', () => {
		let secure: S3Server;
		let certificate: string;
		beforeAll(async () => {
			const tls = selfSigned('subjectAltName=IP:127.0.0.1');
			certificate = tls.cert;
			secure = await startS3Server({ tls });
		});
		afterAll(async () => await secure.stop());

		it('trusts the CA that it is given, for large objects too', async () => {
			await storeOn(secure, {}, { ca: certificate }).check();
		});

		it('names a certificate that it does not trust', async () => {
			const failure = await failureOf(storeOn(secure, SHORT_LIMITS).check());
			expect(failure.message).toContain('not signed by an authority');
			expect(failure.hint).toContain('CA');
		});

		it('names a certificate that was made for another name', async () => {
			const tls = selfSigned('subjectAltName=DNS:s3.example.com');
			const other = await startS3Server({ tls });
			try {
				const failure = await failureOf(storeOn(other, SHORT_LIMITS, { ca: tls.cert }).check());
				expect(failure.message).toContain('made for another name');
			} finally {
				await other.stop();
			}
		});
	});
});

describe('S3 settings that cannot work', () => {
	const usable: S3StoreSettings = {
		endpoint: 'https://s3.example.com',
		region: 'eu-west-1',
		bucket: 'backups',
		accessKeyId: 'AK',
		secretAccessKey: 'secret',
		forcePathStyle: false,
	};
	it.each<[string, Partial<S3StoreSettings>]>([
		['no bucket', { bucket: '' }],
		['no region', { region: ' ' }],
		['no secret', { secretAccessKey: '' }],
		['an endpoint without a protocol', { endpoint: 's3.example.com' }],
		['an endpoint of another protocol', { endpoint: 'ftp://s3.example.com' }],
		['an endpoint with a login', { endpoint: 'https://user:pass@s3.example.com' }],
		['a CA that is none', { ca: 'hello' }],
	])('are refused: %s', (_what, wrong) => {
		expect(() => createS3Store({ ...usable, ...wrong })).toThrow(ConfigurationError);
	});

	it('do not include any of these', () => {
		expect(createS3Store({ ...usable, prefix: '/a//b/' }).label).toBe('S3 bucket backups/a/b');
		expect(createS3Store({ ...usable, endpoint: undefined }).label).toBe('S3 bucket backups');
	});
});

/** The error, with everything that hangs on it, as a log would show it. */
function expectNoSecret(failure: Error, secrets: (string | undefined)[]): void {
	const shown = JSON.stringify([failure.message, failure.stack, failure, String(failure.cause)]);
	for (const secret of [...secrets, 'Signature=', 'Credential=']) {
		if (secret !== undefined) expect(shown).not.toContain(secret);
	}
	expect(Object.keys(failure.cause ?? {})).toEqual([]);
}

/** Answers every connection with the same text. */
async function withRawServer(answer: string, run: (endpoint: string) => Promise<void>) {
	const raw = createServer((socket) => {
		socket.on('error', () => {});
		socket.once('data', () => socket.end(answer));
	});
	raw.listen(0, '127.0.0.1');
	await once(raw, 'listening');
	try {
		await run(`http://127.0.0.1:${(raw.address() as AddressInfo).port}`);
	} finally {
		raw.close();
	}
}

function selfSigned(extension: string): { key: string; cert: string } {
	const folder = mkdtempSync(join(tmpdir(), 's3-tls-'));
	const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
	try {
		const request = [
			'req',
			'-x509',
			'-newkey',
			'ec',
			'-pkeyopt',
			'ec_paramgen_curve:P-256',
			'-nodes',
		];
		const subject = ['-days', '2', '-subj', '/CN=s3-test', '-addext', extension];
		execFileSync('openssl', [...request, ...subject, '-keyout', key, '-out', cert], {
			stdio: 'pipe',
		});
		return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
