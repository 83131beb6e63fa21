import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { BackupRef } from '../../../core/repository/manifest-file';
import { backupPrefix } from '../../../core/repository/naming';
import type { Encryption } from '../../../core/repository/encryption';
import {
	openRepository,
	type Repository,
	type RepositorySettings,
} from '../../../core/repository/repository';
import { recordVerification } from '../../../core/repository/verification';
import { writeBackup, type WriteRequest } from '../../../core/repository/write-backup';
import { everythingBelow } from '../../support/repository/files-below';
import { requestFor } from '../../support/repository/sample-backup';
import type { S3Server } from '../../support/s3-server';
import { settingsFor, writeObject } from '../s3/setup';

/** Of the folder in the bucket that `settingsFor` names. */
const PREFIX = 'dr/main/';

/** A directory and a bucket with the same backup in both. */
export class TwoStores {
	readonly settings: RepositorySettings;
	readonly repository: Repository;
	backup: BackupRef = { component: 'file', name: 'shop', id: '' };
	payload = '';

	constructor(
		readonly s3: S3Server,
		readonly path: string,
		encryption: Encryption = { kind: 'none' },
	) {
		this.settings = { directory: { path }, s3: settingsFor(s3), encryption };
		this.repository = openRepository(this.settings);
	}

	get directory() {
		return this.repository.stores[0]!;
	}

	get bucket() {
		return this.repository.stores[1]!;
	}

	/** Made of bytes that do not compress; with a record of a verification beside each copy. */
	async write(bytes = 300_000, overrides: Partial<WriteRequest> = {}): Promise<void> {
		const request = requestFor(randomBytes(bytes), { component: 'file', ...overrides });
		const { id, component, name, payload } = await writeBackup(this.repository, request);
		this.backup = { id, component, name };
		this.payload = payload.file;
		const record = { level: 'readable', at: new Date(), durationMs: 1, details: {} } as const;
		await recordVerification(this.repository, this.backup, record);
	}

	key(file: string): string {
		return backupPrefix(this.backup) + file;
	}

	/** The path of a file of the backup in the directory. */
	file(name: string): string {
		return join(this.path, this.key(name));
	}

	/** Puts other bytes into the place of a file in the bucket, as nobody of us would. */
	async replaceInBucket(name: string, change: (body: Buffer) => Buffer): Promise<void> {
		const body = change(await this.s3.content(PREFIX + this.key(name)));
		await this.bucket.delete(this.key(name));
		await writeObject(this.bucket, this.key(name), body);
	}

	replaceInDirectory(name: string, change: (body: Buffer) => Buffer): void {
		writeFileSync(this.file(name), change(readFileSync(this.file(name))));
	}

	async removeFromBucket(...names: string[]): Promise<void> {
		for (const name of names) await this.bucket.delete(this.key(name));
	}

	removeFromDirectory(): void {
		rmSync(join(this.path, backupPrefix(this.backup)), { recursive: true });
	}

	/** Every file of the backup by its path, with its bytes. */
	inDirectory(): Record<string, string> {
		const files = everythingBelow(this.path).filter((path) => path.includes('.'));
		return Object.fromEntries(
			files
				.filter((path) => /\.(json|age|zst|repair|claim|partial)$/.test(path))
				.map((path) => [path, readFileSync(join(this.path, path)).toString('base64')]),
		);
	}

	async inBucket(): Promise<Record<string, string>> {
		const keys = this.s3.objects().map(({ key }) => key);
		const entries = keys.map(async (key): Promise<[string, string]> => {
			return [key.slice(PREFIX.length), (await this.s3.content(key)).toString('base64')];
		});
		return Object.fromEntries((await Promise.all(entries)).sort());
	}
}

export function flipBit(body: Buffer): Buffer {
	const flipped = Buffer.from(body);
	const at = Math.floor(body.length / 2);
	flipped[at] = (flipped[at] ?? 0) ^ 1;
	return flipped;
}
