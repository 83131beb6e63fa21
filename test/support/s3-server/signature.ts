import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { accessDenied, S3Error } from './s3-error';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const MAX_SKEW_MS = 15 * 60_000;
const EMPTY_SHA256 = sha256('');

export interface Credentials {
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	readonly region: string;
}

/** The parts of a request that its signature covers. */
export interface SignedRequest {
	readonly method: string;
	/** Path as it was sent. */
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: IncomingHttpHeaders;
}

/** Signs and checks the chunks of a streaming upload, each by the one before. */
export class ChunkSigner {
	constructor(
		private previous: string,
		private readonly key: Buffer,
		private readonly date: string,
		private readonly scope: string,
	) {}

	verifyChunk(data: Buffer, signature: string): void {
		this.verify(`${ALGORITHM}-PAYLOAD`, [EMPTY_SHA256, sha256(data)], signature);
	}

	verifyTrailer(trailer: string, signature: string): void {
		this.verify(`${ALGORITHM}-TRAILER`, [sha256(trailer)], signature);
	}

	private verify(kind: string, hashes: string[], signature: string): void {
		const text = [kind, this.date, this.scope, this.previous, ...hashes].join('\n');
		assertSame(hmac(this.key, text).toString('hex'), signature);
		this.previous = signature;
	}
}

/**
 * Checks an AWS Signature Version 4 in the Authorization header as AWS does: known key, right region,
 * clock within 15 minutes, host and every x-amz header signed, signature right.
 */
export function verifySignature(
	request: SignedRequest,
	credentials: Credentials,
	now: Date,
): ChunkSigner {
	const { headers } = request;
	const { accessKeyId, day, region, signedHeaders, signature } = parse(headers.authorization);
	if (accessKeyId !== credentials.accessKeyId) {
		throw new S3Error(403, 'InvalidAccessKeyId', 'The access key ID is not known.');
	}
	if (region !== credentials.region) {
		throw new S3Error(400, 'AuthorizationHeaderMalformed', `The region '${region}' is wrong.`, {
			Region: credentials.region,
		});
	}
	const date = headerText(headers, 'x-amz-date');
	assertClock(date, day, now);
	assertCovered(headers, signedHeaders);

	const scope = `${day}/${region}/s3/aws4_request`;
	const canonical = [
		request.method,
		canonicalPath(request.path),
		canonicalQuery(request.query),
		...signedHeaders.map((name) => `${name}:${headerText(headers, name)}`),
		'',
		signedHeaders.join(';'),
		headerText(headers, 'x-amz-content-sha256'),
	].join('\n');
	const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(
		hmac,
		Buffer.from(`AWS4${credentials.secretAccessKey}`),
	);
	const expected = hmac(key, [ALGORITHM, date, scope, sha256(canonical)].join('\n'));
	assertSame(expected.toString('hex'), signature);
	return new ChunkSigner(signature, key, date, scope);
}

function parse(authorization: string | undefined) {
	if (authorization === undefined) throw accessDenied('Anonymous requests are refused.');
	const match =
		/^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
			authorization,
		);
	if (!match) throw new S3Error(400, 'AuthorizationHeaderMalformed', 'It cannot be read.');
	const [, accessKeyId = '', day = '', region = '', names = '', signature = ''] = match;
	return { accessKeyId, day, region, signedHeaders: names.split(';'), signature };
}

function assertClock(date: string, day: string, now: Date): void {
	const iso = date.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5');
	const at = Date.parse(iso);
	if (Number.isNaN(at) || !date.startsWith(day)) {
		throw accessDenied('The x-amz-date is missing or wrong.');
	}
	if (Math.abs(at - now.getTime()) > MAX_SKEW_MS) {
		throw new S3Error(403, 'RequestTimeTooSkewed', 'The clocks differ too much.', {
			ServerTime: now.toISOString(),
		});
	}
}

function assertCovered(headers: IncomingHttpHeaders, signed: readonly string[]): void {
	const needed = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
	const missing = ['host', ...needed].find((name) => !signed.includes(name));
	if (missing) throw accessDenied(`The header ${missing} is not signed.`);
	if (signed.join() !== signed.toSorted().join()) {
		throw accessDenied('The signed headers are not in order.');
	}
}

function canonicalPath(path: string): string {
	return path
		.split('/')
		.map((part) => encode(decodeURIComponent(part)))
		.join('/');
}

function canonicalQuery(query: URLSearchParams): string {
	return [...query]
		.map(([name, value]) => `${encode(name)}=${encode(value)}`)
		.sort()
		.join('&');
}

function encode(text: string): string {
	return encodeURIComponent(text).replace(
		/[!'()*]/g,
		(char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}

function headerText(headers: IncomingHttpHeaders, name: string): string {
	const value = headers[name];
	const text = Array.isArray(value) ? value.join(',') : (value ?? '');
	return text.trim().replace(/ +/g, ' ');
}

function assertSame(expected: string, actual: string): void {
	const same =
		expected.length === actual.length &&
		timingSafeEqual(Buffer.from(expected), Buffer.from(actual));
	if (!same) {
		throw new S3Error(403, 'SignatureDoesNotMatch', 'The signature does not match.');
	}
}

function hmac(key: Buffer, text: string): Buffer {
	return createHmac('sha256', key).update(text).digest();
}

function sha256(data: string | Buffer): string {
	return createHash('sha256').update(data).digest('hex');
}
