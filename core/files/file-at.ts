import { constants, type BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import { BackupError, ConfigurationError, NotFoundError } from '../errors';
import { codeOf } from '../repository/stores/directory-errors';
import { FileChangedError, type FileSource, type OpenFile } from './file-source';

/** A pipe must not hold up the run, and a link is not followed: it may lead out of the fence. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const READ_BYTES = 256 * 1024;

/**
 * The file at an absolute path without links in it. Opening it rejects with `ConfigurationError` for
 * what is no regular file or may not be read, and with `NotFoundError`.
 */
export function fileAt(path: string): FileSource {
	return { fileName: basename(path), open: async () => await openFile(path) };
}

/** Throws `ConfigurationError` for a path that means another file in another folder, or none. */
export function assertFilePath(path: string): void {
	if (isAbsolute(path) && basename(path) !== '' && !path.endsWith('/') && !path.includes('\0')) {
		return;
	}
	throw new ConfigurationError(`${JSON.stringify(path)} is not the path of a file.`, {
		hint: 'Give the whole path, from the root on, for example /home/node/.n8n-files/managed.env.',
	});
}

async function openFile(path: string): Promise<OpenFile> {
	assertFilePath(path);
	let file: FileHandle | undefined;
	try {
		file = await open(path, FLAGS);
		const opened = await file.stat({ bigint: true });
		if (!opened.isFile()) throw notAFile(path);
		return new FileAtPath(path, file, opened);
	} catch (error) {
		await file?.close();
		throw explain(error, path);
	}
}

class FileAtPath implements OpenFile {
	readonly mode: string;
	readonly modifiedAt: Date;

	constructor(
		private readonly path: string,
		private readonly file: FileHandle,
		private readonly opened: BigIntStats,
	) {
		this.mode = (Number(opened.mode) & 0o7777).toString(8).padStart(3, '0');
		this.modifiedAt = opened.mtime;
	}

	async read() {
		return this.file.createReadStream({ start: 0, autoClose: false, highWaterMark: READ_BYTES });
	}

	async assertUnchanged(): Promise<void> {
		const [now, atPath] = await Promise.all([
			this.file.stat({ bigint: true }),
			// It may have been replaced by another file meanwhile, as editors do.
			stat(this.path, { bigint: true }).catch(() => undefined),
		]);
		if (isSame(this.opened, now) && atPath !== undefined && isSame(now, atPath)) return;
		throw new FileChangedError(basename(this.path));
	}

	async close(): Promise<void> {
		await this.file.close();
	}
}

/** The time of the last change of the inode cannot be set back, as that of the content can. */
function isSame(one: BigIntStats, other: BigIntStats): boolean {
	const facts = ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const;
	return facts.every((fact) => one[fact] === other[fact]);
}

function notAFile(path: string): ConfigurationError {
	return new ConfigurationError(`${path} is not an ordinary file.`, {
		hint: 'Give the path of a file: not of a folder, a link, a pipe or a device.',
	});
}

function explain(error: unknown, path: string): unknown {
	switch (codeOf(error)) {
		case undefined:
			return error;
		case 'ENOENT':
		case 'ENOTDIR':
			return new NotFoundError(`There is no file ${path}.`, {
				hint: 'Correct the path. In a container, share the folder of the file with n8n.',
			});
		case 'ELOOP':
		case 'ENXIO':
			return notAFile(path);
		case 'EACCES':
		case 'EPERM':
			return new ConfigurationError(`n8n may not read the file ${path}.`, {
				hint: 'Give the user that n8n runs as the right to read it.',
			});
		default:
			return new BackupError(`The file ${path} cannot be opened: ${codeOf(error)}.`, {
				hint: 'Check the disk that it is on, then try again.',
				cause: error,
			});
	}
}
