import { link, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { ConflictError, StoreError } from '../../errors';
import type { StoreWriter } from '../store';
import { codeOf, explainDirectory } from './directory-errors';
import { openPartial, removeFile, syncFolder } from './directory-files';

/** Writes one file: invisible as `.partial` until `commit` gives it its name. */
export class DirectoryWriter implements StoreWriter {
	readonly stream: Writable;
	private committed = false;

	private constructor(
		private readonly place: { root: string; path: string; label: string },
		private readonly file: FileHandle,
		private readonly partial: string,
	) {
		this.stream = new Writable({
			write: (chunk: Buffer, _encoding, done) => void this.append(chunk).then(() => done(), done),
		});
	}

	static async open(place: {
		root: string;
		path: string;
		label: string;
	}): Promise<DirectoryWriter> {
		const { file, partial } = await openPartial(place.root, place.path);
		return new DirectoryWriter(place, file, partial);
	}

	async commit(): Promise<{ bytes: number }> {
		const { path, label } = this.place;
		try {
			await this.file.sync();
			await this.file.close();
			await this.publish();
			await syncFolder(dirname(path));
			return { bytes: (await stat(path)).size };
		} catch (error) {
			throw explainDirectory(error, label);
		}
	}

	async abort(): Promise<void> {
		const { root, path, label } = this.place;
		try {
			this.stream.destroy();
			await this.file.close();
			if (this.committed) await rm(path, { force: true });
			await removeFile(root, this.partial);
			this.committed = false;
		} catch (error) {
			throw explainDirectory(error, label);
		}
	}

	/** A link, unlike a rename, never replaces a file that somebody else has put there. */
	private async publish(): Promise<void> {
		const { path, label } = this.place;
		try {
			await link(this.partial, path);
		} catch (error) {
			throw refusedLink(error, path, label);
		}
		this.committed = true;
		await rm(this.partial);
	}

	private async append(chunk: Buffer): Promise<void> {
		try {
			let done = 0;
			// A disk that fills up takes a part first, and says so with the next write.
			while (done < chunk.length) done += (await this.file.write(chunk, done)).bytesWritten;
		} catch (error) {
			throw explainDirectory(error, this.place.label);
		}
	}
}

function refusedLink(error: unknown, path: string, label: string): unknown {
	switch (codeOf(error)) {
		case 'EEXIST':
			return new ConflictError(`The ${label} has a file ${path} already.`, {
				hint: 'It was left untouched.',
			});
		case 'EPERM':
		case 'ENOTSUP':
		case 'EOPNOTSUPP':
		case 'ENOSYS':
			return new StoreError(
				`The file system of the ${label} has no hard links, without which one backup could overwrite another.`,
				{
					hint: 'Use a file system that has them: ext4, XFS, Btrfs, ZFS, NTFS or NFS.',
					cause: error,
				},
			);
		default:
			return error;
	}
}
