import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { disturbAnswer, disturbRequest } from './disturb';
import type { FaultEffect, Faults } from './faults';
import { type Answer, bucketOperation, objectOperation, type Operation } from './operations';
import { receiveBody } from './request-body';
import { S3Error } from './s3-error';
import { type Credentials, verifySignature } from './signature';
import type { BucketStorage } from './storage';
import { toXml } from './xml';

/** One line of the request log. */
export interface LoggedRequest {
	readonly method: string;
	readonly key: string;
	readonly query: string;
	/** Without Authorization. */
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** 0 while there is no answer, and for ever if there never was one. */
	status: number;
}

export interface ServerContext {
	readonly bucket: string;
	readonly credentials: Credentials;
	readonly storage: BucketStorage;
	readonly faults: Faults;
	readonly requests: LoggedRequest[];
	readonly pageSize: number;
	/** The server's clock. */
	readonly now: () => Date;
}

/** Serves one request: fault, signature, body, operation, answer. */
export async function serve(
	context: ServerContext,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const { method = '', url = '/' } = request;
	const [path = '/', search = ''] = url.split('?', 2);
	const { bucket, key } = splitPath(path);
	const headers = { ...request.headers, authorization: undefined };
	const log: LoggedRequest = { method, key, query: search, headers, status: 0 };
	context.requests.push(log);
	// By the server's own clock, as a client reads it that finds itself refused.
	response.setHeader('date', context.now().toUTCString());
	const query = new URLSearchParams(search.replaceAll('+', '%2B'));
	const fault = context.faults.next({ method, key, query, headers });
	try {
		if (fault?.kind === 'hang') return;
		if (fault?.kind === 'reset') {
			request.socket.resetAndDestroy();
			return;
		}
		const answer = await answerTo(context, request, { path, bucket, key, query }, fault);
		if (fault?.kind === 'lose-answer') {
			request.socket.destroy();
			return;
		}
		if (fault?.kind === 'status-after') throw new S3Error(fault.status, fault.code, 'As told.');
		log.status = answer.status;
		await send(request, response, bent(answer, fault), fault);
	} catch (error) {
		if (request.socket.destroyed) return;
		const failure =
			error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error));
		log.status = failure.status;
		sendError(request, response, failure, path);
	}
}

async function answerTo(
	context: ServerContext,
	request: IncomingMessage,
	target: { path: string; bucket: string; key: string; query: URLSearchParams },
	fault: FaultEffect | undefined,
): Promise<Answer> {
	const { method = '', headers } = request;
	if (fault?.kind === 'status') throw new S3Error(fault.status, fault.code, 'As it was told.');
	if (fault?.kind === 'error-in-success') {
		const error = { Code: fault.code, Message: 'As it was told.' };
		return { status: 200, body: toXml('Error', error) };
	}
	const { path, key, query } = target;
	const { credentials, bucket, pageSize, storage } = context;
	const signer = verifySignature({ method, path, query, headers }, credentials, context.now());
	if (target.bucket !== bucket) throw new S3Error(404, 'NoSuchBucket', 'There is no such bucket.');

	const hasBody = method === 'PUT' || method === 'POST';
	const source = hasBody ? disturbRequest(request, fault) : Readable.from([]);
	const announced = hasBody ? headers : { ...headers, 'content-length': '0' };
	const body = receiveBody(source, announced, signer);
	const { region } = credentials;
	const seen = { ...headers };
	if (fault?.kind === 'ignore-condition') delete seen['if-none-match'];
	if (fault?.kind === 'ignore-encryption') delete seen['x-amz-server-side-encryption'];
	const operation: Operation = {
		bucket,
		method,
		key,
		query,
		headers: seen,
		region,
		body,
		pageSize,
		storage,
	};
	return key === '' ? await bucketOperation(operation) : await objectOperation(operation);
}

function bent(answer: Answer, fault: FaultEffect | undefined): Answer {
	if (fault?.kind !== 'wrong-length' || answer.body !== undefined) return answer;
	return { ...answer, headers: { ...answer.headers, 'content-length': String(fault.bytes) } };
}

async function send(
	request: IncomingMessage,
	response: ServerResponse,
	answer: Answer,
	fault: FaultEffect | undefined,
): Promise<void> {
	const { status, headers, body } = answer;
	const isText = typeof body === 'string';
	response.writeHead(status, {
		'x-amz-request-id': randomUUID(),
		...(isText && {
			'content-type': 'application/xml',
			'content-length': String(Buffer.byteLength(body)),
		}),
		...headers,
	});
	if (body instanceof Readable) {
		await pipeline(disturbAnswer(body, request.socket, fault), response);
	} else {
		response.end(body);
	}
}

function sendError(
	request: IncomingMessage,
	response: ServerResponse,
	failure: S3Error,
	path: string,
): void {
	if (response.headersSent) {
		request.socket.destroy();
		return;
	}
	const { code, message, details } = failure;
	const body = toXml('Error', { Code: code, Message: message, Resource: path, ...details });
	response.writeHead(failure.status, {
		'content-type': 'application/xml',
		'content-length': String(Buffer.byteLength(body)),
		'x-amz-request-id': randomUUID(),
		...(details.Region && { 'x-amz-bucket-region': details.Region }),
	});
	response.end(request.method === 'HEAD' ? undefined : body);
	// The rest of an unread body would be taken for the next request on this connection.
	request.resume();
}

/** `/bucket/a%20key` → bucket and decoded key. */
function splitPath(path: string): { bucket: string; key: string } {
	const [, bucket = '', ...rest] = path.split('/');
	return { bucket, key: decodeURIComponent(rest.join('/')) };
}
