import { constants, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';

import { type Attributes, type SFTPWrapper, utils } from 'ssh2';

const { STATUS_CODE, flagsToString } = utils.sftp;
const LARGEST_PIECE = 32 * 1024;

/** A path that leads out of the folder. */
class OutsideError extends Error {}

/** Reading, writing and making of folders below one folder; everything else is refused. */
export function serveFiles(sftp: SFTPWrapper, folder: string, refused: string[]): void {
	const files = new Map<number, FileHandle>();
	let opened = 0;

	/** Follows links in what is there already, and refuses what leads out. */
	const inside = async (path: string): Promise<string> => {
		const wanted = resolve(folder, path);
		const real = await realpath(wanted).catch(async () =>
			join(await realpath(dirname(wanted)), basename(wanted)),
		);
		if (real === folder || real.startsWith(folder + sep)) return real;
		refused.push(`sftp: ${path}`);
		throw new OutsideError();
	};
	const fileOf = (handle: Buffer): FileHandle => {
		const file = files.get(handle.readUInt32BE(0));
		if (!file) throw new Error('Unknown handle');
		return file;
	};
	const answer = (id: number, work: () => Promise<void>) => {
		work().catch((error: unknown) => sftp.status(id, statusOf(error)));
	};
	const attributes = async (path: string): Promise<Attributes> => attributesOf(await stat(path));

	sftp.on('OPEN', (id, path, flags) => {
		answer(id, async () => {
			const file = await open(await inside(path), flagsToString(flags) ?? 'r', 0o600);
			const handle = Buffer.alloc(4);
			handle.writeUInt32BE(++opened);
			files.set(opened, file);
			sftp.handle(id, handle);
		});
	});
	sftp.on('READ', (id, handle, offset, length) => {
		answer(id, async () => {
			const piece = Buffer.alloc(Math.min(length, LARGEST_PIECE));
			const { bytesRead } = await fileOf(handle).read(piece, 0, piece.length, offset);
			if (bytesRead === 0) sftp.status(id, STATUS_CODE.EOF);
			else sftp.data(id, piece.subarray(0, bytesRead));
		});
	});
	sftp.on('WRITE', (id, handle, offset, data) => {
		answer(id, async () => {
			await fileOf(handle).write(data, 0, data.length, offset);
			sftp.status(id, STATUS_CODE.OK);
		});
	});
	sftp.on('CLOSE', (id, handle) => {
		answer(id, async () => {
			await fileOf(handle).close();
			files.delete(handle.readUInt32BE(0));
			sftp.status(id, STATUS_CODE.OK);
		});
	});
	sftp.on('FSTAT', (id, handle) => {
		answer(id, async () => sftp.attrs(id, attributesOf(await fileOf(handle).stat())));
	});
	sftp.on('FSETSTAT', (id, handle, { mode }) => {
		answer(id, async () => {
			if (mode !== undefined) await fileOf(handle).chmod(mode & 0o777);
			sftp.status(id, STATUS_CODE.OK);
		});
	});
	sftp.on('STAT', (id, path) => {
		answer(id, async () => sftp.attrs(id, await attributes(await inside(path))));
	});
	sftp.on('LSTAT', (id, path) => {
		answer(id, async () => sftp.attrs(id, await attributes(await inside(path))));
	});
	sftp.on('MKDIR', (id, path) => {
		answer(id, async () => {
			await mkdir(await inside(path), { mode: 0o700 });
			sftp.status(id, STATUS_CODE.OK);
		});
	});
	sftp.on('REALPATH', (id, path) => {
		answer(id, async () => {
			const filename = await inside(path);
			sftp.name(id, [{ filename, longname: filename, attrs: await attributes(filename) }]);
		});
	});
	sftp.on('close', () => {
		for (const file of files.values()) void file.close();
	});
}

function attributesOf(found: Stats): Attributes {
	const seconds = (ms: number) => Math.floor(ms / 1000);
	return {
		mode: found.mode & (constants.S_IFMT | 0o7777),
		uid: found.uid,
		gid: found.gid,
		size: found.size,
		atime: seconds(found.atimeMs),
		mtime: seconds(found.mtimeMs),
	};
}

function statusOf(error: unknown): number {
	const { code } = error as NodeJS.ErrnoException;
	if (code === 'ENOENT' || code === 'ENOTDIR') return STATUS_CODE.NO_SUCH_FILE;
	const isDenied = error instanceof OutsideError || code === 'EACCES' || code === 'EPERM';
	return isDenied ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}
