import { open, stat, statfs } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ConfigurationError, NotFoundError } from '../../errors';
import { assertKey } from '../keys';
import type { AbandonedWrite, Lock, Removal, Store, StoredObject, StoreWriter } from '../store';
import { codeOf, explainDirectory } from './directory-errors';
import { removeFile } from './directory-files';
import { listDirectory } from './directory-listing';
import { abandonedFiles, removeFiles, timeOfDirectory } from './directory-removal';
import { DirectoryWriter } from './directory-writer';
import { checkDirectory } from './directory-check';

export interface DirectoryStoreSettings {
	/** Absolute. The first write creates its last folder; those above have to exist. */
	path: string;
}

const READ_AHEAD = 256 * 1024;

/**
 * Keeps objects as files below one directory: folders of mode 0700, files of mode 0600. An object is
 * written to a `.partial` file beside its place, synchronised to disk, and then linked to its name,
 * which the operating system does at once and never over an existing file.
 */
export function createDirectoryStore({ path }: DirectoryStoreSettings): Store {
	if (!isAbsolute(path)) {
		throw new ConfigurationError(`The directory ${JSON.stringify(path)} is not an absolute path.`, {
			hint: 'Enter the whole path, beginning at the root of the file system.',
		});
	}
	return new DirectoryStore(resolve(path));
}

class DirectoryStore implements Store {
	readonly label: string;
	readonly place = { kind: 'directory' } as const;

	constructor(readonly root: string) {
		this.label = `directory ${root}`;
	}

	async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<StoredObject, void> {
		try {
			yield* listDirectory(this.root, prefix, signal);
		} catch (error) {
			signal?.throwIfAborted();
			throw explainDirectory(error, this.label);
		}
	}

	async read(key: string, signal?: AbortSignal): Promise<Readable> {
		const path = this.pathOf(key);
		return await this.explained(async () => {
			try {
				const file = await open(path, 'r');
				return file.createReadStream({ highWaterMark: READ_AHEAD, signal });
			} catch (error) {
				if (codeOf(error) !== 'ENOENT') throw error;
				// An unmounted disk must not be taken for one that lacks this key.
				await stat(this.root);
				throw new NotFoundError(`The ${this.label} holds no ${key}.`, {
					hint: 'List the backups to see which there are.',
				});
			}
		});
	}

	async createWriter(key: string): Promise<StoreWriter> {
		const place = { root: this.root, path: this.pathOf(key), label: this.label };
		return await this.explained(() => DirectoryWriter.open(place));
	}

	async putIfAbsent(key: string, body: Buffer): Promise<void> {
		const writer = await this.createWriter(key);
		try {
			writer.stream.end(body);
			await finished(writer.stream);
			await writer.commit();
		} catch (error) {
			// Why it was not created matters more than a leftover that no listing shows.
			await writer.abort().catch(() => undefined);
			throw error;
		}
	}

	async freeBytes(): Promise<number> {
		return await this.explained(async () => {
			// The first write creates the last folder.
			const { bavail, bsize } = await statfs(this.root).catch(() => statfs(dirname(this.root)));
			return bavail * bsize;
		});
	}

	async delete(key: string): Promise<void> {
		const path = this.pathOf(key);
		await this.explained(() => removeFile(this.root, path));
	}

	async remove(keys: readonly string[], signal?: AbortSignal): Promise<Removal> {
		return await this.explained(() => removeFiles(this, keys, signal), signal);
	}

	/** A file system has no locks that we could ask for. */
	async locks(): Promise<ReadonlyMap<string, Lock>> {
		return new Map();
	}

	async now(): Promise<Date> {
		return await this.explained(() => timeOfDirectory(this.root));
	}

	async *abandoned(
		isOurs: (key: string) => boolean,
		since: Date,
		signal?: AbortSignal,
	): AsyncGenerator<AbandonedWrite, void> {
		try {
			yield* abandonedFiles(this.root, isOurs, since, signal);
		} catch (error) {
			signal?.throwIfAborted();
			throw explainDirectory(error, this.label);
		}
	}

	async check(signal?: AbortSignal): Promise<void> {
		await checkDirectory(this, signal);
	}

	private pathOf(key: string): string {
		assertKey(key);
		return join(this.root, key);
	}

	private async explained<T>(action: () => Promise<T>, signal?: AbortSignal): Promise<T> {
		try {
			return await action();
		} catch (error) {
			signal?.throwIfAborted();
			throw explainDirectory(error, this.label);
		}
	}
}
