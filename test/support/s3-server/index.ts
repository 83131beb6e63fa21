import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { Faults } from './faults';
import { type LoggedRequest, serve, type ServerContext } from './server';
import type { Protection } from './protection';
import { BucketStorage } from './storage';

export type { FaultEffect, FaultRule, RequestFacts } from './faults';
export type { LoggedRequest } from './server';

export interface S3ServerOptions {
	bucket?: string;
	region?: string;
	accessKeyId?: string;
	secretAccessKey?: string;
	/** A free one without it. */
	port?: number;
	/** Where bodies are kept; without it a temporary folder that goes with the server. */
	directory?: string;
	/** Most entries of a listing's page; 1,000 as S3 has it. */
	pageSize?: number;
	/** PEM texts; plain HTTP without them. */
	tls?: { key: string; cert: string };
	/** Milliseconds that the server's clock is ahead. */
	clockAheadMs?: number;
	/** Whether the bucket was made with Object Lock. */
	objectLock?: boolean;
	/** Whether the bucket keeps versions; one with Object Lock always does. */
	versioning?: boolean;
}

export interface S3Server {
	readonly endpoint: string;
	readonly bucket: string;
	readonly region: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** Faults to have from now on. */
	readonly faults: Faults;
	/** Every request since the start, oldest first. */
	readonly requests: LoggedRequest[];
	objects(): { key: string; bytes: number; etag: string }[];
	/** How the object at a key is protected. */
	protection(key: string): Protection;
	/** Locks what is at a key, or takes its locks away. */
	protect(key: string, protection: Pick<Protection, 'retention' | 'legalHold'>): void;
	/** Everything that is kept of every key, by key and newest first. */
	versions(): { key: string; versionId: string; isMarker: boolean }[];
	/** Sets the server's clock, by milliseconds that it is ahead. */
	setClock(aheadMs: number): void;
	/** Puts an object without content, as if it had been written at that time. */
	plant(key: string, modifiedAt: Date): Promise<void>;
	openUploads(): { key: string; id: string; parts: number }[];
	content(key: string): Promise<Buffer>;
	stop(): Promise<void>;
}

/**
 * Starts an S3 server with one bucket (path style) on 127.0.0.1. It is strict where AWS is strict, so
 * that a client that works with it does not merely work with a lenient server: signatures, clocks,
 * checksums, lengths, part order and sizes, conditions, paging. It can be told to fail.
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
	const {
		bucket = 'backups',
		region = 'eu-test-1',
		accessKeyId = `AK${randomBytes(9).toString('hex').toUpperCase()}`,
		secretAccessKey = randomBytes(20).toString('hex'),
	} = options;
	let { clockAheadMs = 0 } = options;
	const ownDirectory = options.directory === undefined;
	const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 's3-server-')));
	const now = () => new Date(Date.now() + clockAheadMs);
	const storage = new BucketStorage(
		directory,
		(options.versioning ?? false) || (options.objectLock ?? false),
		options.objectLock ?? false,
		now,
	);
	const context: ServerContext = {
		bucket,
		credentials: { accessKeyId, secretAccessKey, region },
		storage,
		faults: new Faults(),
		requests: [],
		pageSize: options.pageSize ?? 1_000,
		now,
	};
	const inService = new Set<Promise<void>>();
	const listener: RequestListener = (request, response) => {
		const served = serve(context, request, response).finally(() => inService.delete(served));
		inService.add(served);
	};
	const server = options.tls
		? createHttpsServer(options.tls, listener)
		: createHttpServer(listener);
	server.listen(options.port ?? 0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;

	return {
		endpoint: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
		bucket,
		region,
		accessKeyId,
		secretAccessKey,
		faults: context.faults,
		requests: context.requests,
		objects: () =>
			[...storage.objects.values()].map(({ key, bytes, etag }) => ({ key, bytes, etag })),
		protection: (key) => {
			const { retention, encryption } = storage.objects.get(key) ?? {};
			return { retention, encryption };
		},
		protect: (key, protection) => storage.protect(key, protection),
		versions: () =>
			storage.versionsInOrder().map((version) => ({
				...{ key: version.key, versionId: version.versionId, isMarker: 'isMarker' in version },
			})),
		setClock: (aheadMs) => {
			clockAheadMs = aheadMs;
		},
		plant: async (key, modifiedAt) => {
			const etag = 'd41d8cd98f00b204e9800998ecf8427e';
			await storage.put({ key, files: [], metadata: {}, etag }, false, modifiedAt);
		},
		openUploads: () =>
			[...storage.uploads.values()].map(({ key, id, parts }) => ({ key, id, parts: parts.size })),
		content: async (key) => {
			const object = storage.objects.get(key);
			if (!object) throw new Error(`There is no object ${key}.`);
			return await buffer(Readable.from(storage.content(object, 0, object.bytes - 1)));
		},
		stop: async () => {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
			// One that was cut off still writes for a moment, and would make the folder anew.
			await Promise.allSettled(inService);
			if (ownDirectory) await rm(directory, { recursive: true, force: true });
		},
	};
}
