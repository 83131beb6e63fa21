import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ByteReader } from './byte-reader';
import { CHECKSUMS, ChecksumVerifier } from './checksums';
import { invalidRequest, S3Error } from './s3-error';
import type { ChunkSigner } from './signature';

const MAX_CHUNK_BYTES = 16 * 1024 * 1024;
const UNSIGNED_TRAILER = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const SIGNED_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';

/** The body of a request, decoded. Its end is only reached when all that was announced about it holds. */
export interface RequestBody {
	readonly bytes: AsyncIterable<Buffer>;
	/** Checksums by header name; complete once `bytes` has ended. */
	checksums(): ReadonlyMap<string, string>;
}

/** Decodes and verifies a body: length, payload hash, aws-chunked framing, MD5 and checksums. */
export function receiveBody(
	source: AsyncIterable<Buffer>,
	headers: IncomingHttpHeaders,
	signer: ChunkSigner,
): RequestBody {
	const payloadHash = String(headers['x-amz-content-sha256'] ?? '');
	const streaming = payloadHash.startsWith('STREAMING-');
	const length = announcedLength(headers, streaming);
	const trailerNames = String(headers['x-amz-trailer'] ?? '')
		.split(',')
		.filter(Boolean);
	const verifier = new ChecksumVerifier(announcedChecksums(headers), trailerNames);
	const trailers = new Map<string, string>();
	let checksums: ReadonlyMap<string, string> = new Map();

	async function* verified(): AsyncGenerator<Buffer> {
		const plain = streaming
			? decodeChunks(source, payloadHash, signer, trailers)
			: checkHash(source, payloadHash);
		let received = 0;
		for await (const chunk of plain) {
			received += chunk.length;
			verifier.update(chunk);
			yield chunk;
		}
		if (received !== length) throw new S3Error(400, 'IncompleteBody', 'The length is wrong.');
		checksums = verifier.finish(trailers);
	}
	return { bytes: verified(), checksums: () => checksums };
}

function announcedLength(headers: IncomingHttpHeaders, streaming: boolean): number {
	const text = streaming ? headers['x-amz-decoded-content-length'] : headers['content-length'];
	if (text === undefined) throw new S3Error(411, 'MissingContentLength', 'No length was given.');
	return Number(text);
}

function announcedChecksums(headers: IncomingHttpHeaders): Map<string, string> {
	const announced = new Map<string, string>();
	for (const name of ['content-md5', ...Object.keys(CHECKSUMS)]) {
		const value = headers[name];
		if (typeof value === 'string') announced.set(name, value);
	}
	return announced;
}

async function* checkHash(source: AsyncIterable<Buffer>, expected: string) {
	const running = createHash('sha256');
	for await (const chunk of source) {
		running.update(chunk);
		yield chunk;
	}
	if (expected !== 'UNSIGNED-PAYLOAD' && running.digest('hex') !== expected) {
		throw new S3Error(400, 'XAmzContentSHA256Mismatch', 'The body is not the one that was signed.');
	}
}

async function* decodeChunks(
	source: AsyncIterable<Buffer>,
	kind: string,
	signer: ChunkSigner,
	trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
	if (![UNSIGNED_TRAILER, SIGNED, SIGNED_TRAILER].includes(kind)) {
		throw new S3Error(501, 'NotImplemented', `${kind} is not supported.`);
	}
	const reader = new ByteReader(source);
	for (;;) {
		const match = /^([0-9a-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(
			await reader.line(),
		);
		if (!match) throw invalidRequest('A chunk header cannot be read.');
		const [, digits = '', signature] = match;
		const size = Number.parseInt(digits, 16);
		if (size > MAX_CHUNK_BYTES) throw invalidRequest('A chunk is too large.');
		const data = await reader.exactly(size);
		if (kind !== UNSIGNED_TRAILER) signer.verifyChunk(data, signature ?? '');
		if (size === 0) break;
		if ((await reader.line()) !== '') throw invalidRequest('A chunk does not end where it should.');
		yield data;
	}
	await readTrailers(reader, kind, signer, trailers);
}

async function readTrailers(
	reader: ByteReader,
	kind: string,
	signer: ChunkSigner,
	trailers: Map<string, string>,
): Promise<void> {
	let signed = '';
	for (let line = await reader.line(); line !== ''; line = await reader.line()) {
		const colon = line.indexOf(':');
		if (colon < 1) throw invalidRequest('A trailer cannot be read.');
		const name = line.slice(0, colon).toLowerCase();
		const value = line.slice(colon + 1).trim();
		if (name === 'x-amz-trailer-signature') {
			signer.verifyTrailer(signed, value);
			signed = '';
		} else {
			trailers.set(name, value);
			signed += `${name}:${value}\n`;
		}
	}
	if (kind === SIGNED_TRAILER && signed !== '') throw invalidRequest('The trailer is not signed.');
	if (!(await reader.ended())) throw invalidRequest('Bytes follow the last chunk.');
}
