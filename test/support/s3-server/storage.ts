import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isLocked, type Protection } from './protection';
import type { RequestBody } from './request-body';
import { accessDenied, invalidRequest, noSuchUpload, S3Error } from './s3-error';

export interface StoredFile {
	readonly path: string;
	readonly bytes: number;
	readonly md5: string;
	readonly checksums: ReadonlyMap<string, string>;
	readonly storedAt: Date;
}

export interface S3Object extends Protection {
	readonly key: string;
	/** Its content is these, one after the other. */
	readonly files: readonly StoredFile[];
	readonly bytes: number;
	readonly etag: string;
	readonly metadata: Readonly<Record<string, string>>;
	readonly modifiedAt: Date;
	/** `null` in a bucket without versions, as S3 has it. */
	readonly versionId: string;
}

/** What says in a bucket with versions that a key was deleted. */
export interface DeleteMarker {
	readonly key: string;
	readonly versionId: string;
	readonly modifiedAt: Date;
	readonly isMarker: true;
}

/** One entry in the history of a key. */
export type Version = S3Object | DeleteMarker;

export interface OpenUpload extends Protection {
	readonly id: string;
	readonly key: string;
	readonly metadata: Readonly<Record<string, string>>;
	/** Header of the checksum that every part must carry, if the client promised one. */
	readonly checksum: string | undefined;
	readonly initiatedAt: Date;
	readonly parts: Map<number, StoredFile>;
}

/** One part as the client lists it at the end. */
export interface ListedPart {
	readonly number: number;
	readonly etag: string;
	readonly checksum: string | undefined;
}

const FIRST_SURROGATE = 0xd800;
const MIN_PART_BYTES = 5 * 1024 * 1024;

/** Objects and uploads of one bucket: bytes in files, everything else in memory. */
export class BucketStorage {
	readonly objects = new Map<string, S3Object>();
	readonly uploads = new Map<string, OpenUpload>();
	/** Every version of every key, oldest first; empty in a bucket without versions. */
	private readonly history = new Map<string, Version[]>();
	private inOrder: string[] | undefined;

	constructor(
		private readonly directory: string,
		/** Whether nothing is overwritten or deleted, but for versions named as such. */
		readonly isVersioned: boolean,
		/** Whether the bucket was made with Object Lock. */
		readonly hasObjectLock: boolean,
		readonly now: () => Date,
	) {}

	/** Spools a body; nothing is left of one that turns out to be wrong. */
	async receive(body: RequestBody): Promise<StoredFile> {
		await mkdir(this.directory, { recursive: true });
		const path = join(this.directory, randomUUID());
		const md5 = createHash('md5');
		let bytes = 0;
		try {
			await pipeline(
				body.bytes,
				async function* (source: AsyncIterable<Buffer>) {
					for await (const chunk of source) {
						md5.update(chunk);
						bytes += chunk.length;
						yield chunk;
					}
				},
				createWriteStream(path, { mode: 0o600 }),
			);
		} catch (error) {
			await rm(path, { force: true });
			throw error;
		}
		const digest = md5.digest('hex');
		return { path, bytes, md5: digest, checksums: body.checksums(), storedAt: this.now() };
	}

	/** Puts an object in place at once; with `ifAbsent`, only where there is none. */
	async put(
		object: Pick<S3Object, 'key' | 'files' | 'metadata' | 'etag'> & Protection,
		ifAbsent: boolean,
		modifiedAt = this.now(),
	): Promise<S3Object> {
		const replaced = this.objects.get(object.key);
		if (replaced && ifAbsent) {
			await this.discard(object.files);
			throw new S3Error(412, 'PreconditionFailed', 'The key exists.', {
				Condition: 'If-None-Match',
			});
		}
		const bytes = object.files.reduce((sum, file) => sum + file.bytes, 0);
		const versionId = this.isVersioned ? randomUUID() : 'null';
		const stored = { ...object, bytes, modifiedAt, versionId };
		this.setCurrent(object.key, stored);
		if (this.isVersioned) this.versionsOf(object.key).push(stored);
		else if (replaced) await this.discard(replaced.files);
		return stored;
	}

	/** Without a version in a bucket that has them, it only marks the key as deleted. */
	async delete(key: string, versionId: string | null = null): Promise<void> {
		if (!this.isVersioned) {
			const object = this.objects.get(key);
			this.setCurrent(key, undefined);
			if (object) await this.discard(object.files);
		} else if (versionId === null) {
			const marker = { versionId: randomUUID(), modifiedAt: this.now() };
			this.versionsOf(key).push({ key, isMarker: true, ...marker });
			this.setCurrent(key, undefined);
		} else await this.deleteVersion(key, versionId);
	}

	/** The object at a key, or one of its versions. */
	find(key: string, versionId: string | null): S3Object | undefined {
		if (versionId === null || !this.isVersioned) return this.objects.get(key);
		const version = this.versionsOf(key).find((one) => one.versionId === versionId);
		return version === undefined || 'isMarker' in version ? undefined : version;
	}

	/** Every version, in the order of their keys, newest first. */
	versionsInOrder(): Version[] {
		if (!this.isVersioned) return this.keysInOrder().flatMap((key) => this.objects.get(key) ?? []);
		return inKeyOrder(this.history.keys()).flatMap((key) => this.versionsOf(key).toReversed());
	}

	keysInOrder(): readonly string[] {
		this.inOrder ??= inKeyOrder(this.objects.keys());
		return this.inOrder;
	}

	/** Locks what is at a key, or takes its locks away. */
	protect(key: string, protection: Pick<Protection, 'retention' | 'legalHold'>): void {
		const object = this.objects.get(key);
		if (!object) throw new Error(`There is no object ${key}.`);
		const locked = { ...object, ...protection };
		this.objects.set(key, locked);
		const versions = this.versionsOf(key);
		versions.splice(versions.indexOf(object), 1, locked);
	}

	private async deleteVersion(key: string, versionId: string): Promise<void> {
		const versions = this.versionsOf(key);
		const index = versions.findIndex((one) => one.versionId === versionId);
		const version = versions[index];
		if (version === undefined) return;
		if (!('isMarker' in version) && isLocked(version, this.now())) {
			throw accessDenied('Access Denied because object protected by object lock.');
		}
		versions.splice(index, 1);
		if (versions.length === 0) this.history.delete(key);
		const latest = versions.at(-1);
		this.setCurrent(key, latest === undefined || 'isMarker' in latest ? undefined : latest);
		if (!('isMarker' in version)) await this.discard(version.files);
	}

	private versionsOf(key: string): Version[] {
		const versions = this.history.get(key) ?? [];
		if (this.isVersioned) this.history.set(key, versions);
		return versions;
	}

	private setCurrent(key: string, object: S3Object | undefined): void {
		const isKnown = this.objects.has(key);
		if (object) this.objects.set(key, object);
		else this.objects.delete(key);
		if (isKnown !== (object !== undefined)) this.inOrder = undefined;
	}

	createUpload(
		key: string,
		metadata: Readonly<Record<string, string>>,
		checksum: string | undefined,
		protection: Protection,
	): OpenUpload {
		const id = randomUUID();
		const upload = {
			...{ id, key, metadata, checksum, ...protection },
			...{ initiatedAt: this.now(), parts: new Map<number, StoredFile>() },
		};
		this.uploads.set(upload.id, upload);
		return upload;
	}

	upload(key: string, id: string | null): OpenUpload {
		const upload = this.uploads.get(id ?? '');
		if (upload?.key !== key) throw noSuchUpload();
		return upload;
	}

	async putPart(key: string, id: string | null, number: number, file: StoredFile): Promise<void> {
		try {
			const upload = this.upload(key, id);
			const replaced = upload.parts.get(number);
			upload.parts.set(number, file);
			if (replaced) await this.discard([replaced]);
		} catch (error) {
			await this.discard([file]);
			throw error;
		}
	}

	/** Joins the listed parts, checked as S3 does: order, existence, ETags and least size. */
	async complete(
		key: string,
		id: string | null,
		listed: readonly ListedPart[],
		ifAbsent: boolean,
	): Promise<S3Object> {
		const upload = this.upload(key, id);
		const files = listed.map(({ number, etag, checksum }, index) => {
			if (index > 0 && number <= (listed[index - 1]?.number ?? 0)) {
				throw new S3Error(400, 'InvalidPartOrder', 'The parts are not in ascending order.');
			}
			const file = upload.parts.get(number);
			if (!file || file.md5 !== etag) throw new S3Error(400, 'InvalidPart', `Part ${number}.`);
			if (upload.checksum && file.checksums.get(upload.checksum) !== checksum) {
				throw new S3Error(
					400,
					'InvalidPart',
					`The checksum of part ${number} is missing or wrong.`,
				);
			}
			if (index < listed.length - 1 && file.bytes < MIN_PART_BYTES) {
				throw new S3Error(400, 'EntityTooSmall', `Part ${number} is too small.`);
			}
			return file;
		});
		if (files.length === 0) throw invalidRequest('There are no parts.');
		if (ifAbsent && this.objects.has(key)) {
			throw new S3Error(412, 'PreconditionFailed', 'The key exists.', {
				Condition: 'If-None-Match',
			});
		}
		this.uploads.delete(upload.id);
		const unused = [...upload.parts.values()].filter((file) => !files.includes(file));
		await this.discard(unused);
		const { metadata, retention, encryption } = upload;
		return await this.put(
			{ key, files, metadata, retention, encryption, etag: multipartEtag(files) },
			false,
		);
	}

	async abort(key: string, id: string | null): Promise<void> {
		const upload = this.upload(key, id);
		this.uploads.delete(upload.id);
		await this.discard([...upload.parts.values()]);
	}

	/** Bytes `from` to `to`, both included, of an object. */
	async *content(object: S3Object, from: number, to: number): AsyncGenerator<Buffer> {
		let start = 0;
		for (const file of object.files) {
			const first = Math.max(from - start, 0);
			const last = Math.min(to - start, file.bytes - 1);
			start += file.bytes;
			if (first <= last) yield* createReadStream(file.path, { start: first, end: last });
		}
	}

	private async discard(files: readonly StoredFile[]): Promise<void> {
		await Promise.all(files.map(async ({ path }) => await rm(path, { force: true })));
	}
}

/** S3's own rule for objects made of parts: the MD5 of the parts' MD5s, and their number. */
function multipartEtag(files: readonly StoredFile[]): string {
	const joined = Buffer.concat(files.map(({ md5 }) => Buffer.from(md5, 'hex')));
	return `${createHash('md5').update(joined).digest('hex')}-${files.length}`;
}

/** S3 orders keys by their UTF-8 bytes. */
export function compareKeys(a: string, b: string): number {
	let at = 0;
	while (at < a.length && a[at] === b[at]) at++;
	const [one, other] = [a.charCodeAt(at) || 0, b.charCodeAt(at) || 0];
	// Only surrogates are in another order than their bytes.
	if (one < FIRST_SURROGATE && other < FIRST_SURROGATE) return one - other;
	return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function inKeyOrder(keys: Iterable<string>): string[] {
	return [...keys].sort(compareKeys);
}
