import { createHash } from 'node:crypto';
import { DeleteObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { NotFoundError } from '../../../errors';
import { createClient } from './client';
import { ACTIONS, type S3Action } from './actions';
import { cancelled, explain } from './failure';
import type { S3Protection } from './protection';
import { normalizePrefix, type S3Limits, type S3StoreSettings } from './settings';

/** What a `HEAD` tells about a key. */
export interface ObjectHead {
	readonly bytes: number;
	/** The mark of the write that created it, see `WRITE_MARK`. */
	readonly mark: string | undefined;
}

/**
 * Name of the metadata that every object carries: a random word of the write that made it. It settles
 * the one question that status codes leave open: after a lost answer, is what lies there ours?
 */
export const WRITE_MARK = 'write-mark';

/** One bucket and prefix, the client that reaches it, and the errors that may come of it. */
export class S3Bucket {
	readonly name: string;
	readonly prefix: string;
	readonly label: string;
	readonly client: S3Client;
	readonly limits: S3Limits;
	/** Whether the server takes the SDK's checksum headers; else `Content-MD5` does their work. */
	readonly nativeChecksums: boolean;
	readonly protection: S3Protection;
	private readonly region: string;
	private readonly server: string;

	constructor(settings: S3StoreSettings, limits: S3Limits) {
		this.name = settings.bucket;
		this.prefix = normalizePrefix(settings.prefix);
		this.label = `S3 bucket ${[this.name, this.prefix.slice(0, -1)].filter(Boolean).join('/')}`;
		this.client = createClient(settings, limits);
		this.limits = limits;
		this.nativeChecksums = settings.endpoint === undefined;
		this.protection = settings;
		this.region = settings.region;
		this.server = settings.endpoint === undefined ? 'AWS' : new URL(settings.endpoint).host;
	}

	/** `Bucket` and `Key` of a request about a key of the store. */
	at(key: string): { Bucket: string; Key: string } {
		return { Bucket: this.name, Key: this.prefix + key };
	}

	/** The checksum input of a request with this body, see `createClient`. */
	checksum(body: Buffer): { ContentMD5?: string } {
		if (this.nativeChecksums) return {};
		return { ContentMD5: createHash('md5').update(body).digest('base64') };
	}

	/**
	 * Runs one request, and turns its failure into an error for people.
	 * `subject` is the key, or a phrase where there is none.
	 */
	async attempt<Output>(
		action: S3Action,
		subject: string,
		signal: AbortSignal | undefined,
		request: (options: { abortSignal?: AbortSignal }) => Promise<Output>,
	): Promise<Output> {
		if (signal?.aborted) throw cancelled();
		try {
			return await request({ abortSignal: signal });
		} catch (error) {
			throw this.explain(error, action, subject, signal);
		}
	}

	/** The error for people behind an error of the SDK. */
	explain(error: unknown, action: S3Action, subject: string, signal?: AbortSignal): Error {
		const { label, name, region, server } = this;
		return explain(error, { action, subject, label, bucket: name, region, server }, signal);
	}

	/** Size and mark of an object, or undefined where there is none. */
	async head(key: string, signal?: AbortSignal): Promise<ObjectHead | undefined> {
		try {
			const found = await this.attempt(ACTIONS.look, key, signal, (options) =>
				this.client.send(new HeadObjectCommand(this.at(key)), options),
			);
			return { bytes: found.ContentLength ?? 0, mark: found.Metadata?.[WRITE_MARK] };
		} catch (error) {
			if (error instanceof NotFoundError) return undefined;
			throw error;
		}
	}

	/** Deletes an object; one that is not there is no error. */
	async delete(key: string, signal?: AbortSignal): Promise<void> {
		await this.attempt(ACTIONS.delete, key, signal, (options) =>
			this.client.send(new DeleteObjectCommand(this.at(key)), options),
		);
	}
}
