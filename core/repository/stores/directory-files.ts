import { randomBytes } from 'node:crypto';
import { mkdir, open, rm, rmdir, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { PARTIAL } from '../keys';
import { codeOf, unlessGone } from './directory-errors';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const ATTEMPTS = 5;

/** A new `.partial` file in the folder of `path`, which is made where it is missing. */
export async function openPartial(
	root: string,
	path: string,
): Promise<{ file: FileHandle; partial: string }> {
	// Two writers of one key must not meet in the same unfinished file.
	const partial = `${path}.${randomBytes(6).toString('hex')}${PARTIAL}`;
	for (let attempt = 1; ; attempt++) {
		await makeFolders(root, dirname(path));
		try {
			return { file: await open(partial, 'wx', FILE_MODE), partial };
		} catch (error) {
			// Another run may just have removed the folder, because it was empty.
			if (codeOf(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error;
		}
	}
}

/** Removes a file if it is there, and the folders below `root` that it leaves empty. */
export async function removeFile(root: string, path: string): Promise<void> {
	await rm(path, { force: true });
	let folder = dirname(path);
	while (folder !== root && (await removeIfEmpty(folder))) folder = dirname(folder);
	await unlessGone(syncFolder(folder));
}

/** Resolves to whether the folder is gone now. */
async function removeIfEmpty(folder: string): Promise<boolean> {
	try {
		await unlessGone(rmdir(folder));
		return true;
	} catch {
		// It is in use, or not ours to remove: both are as well.
		return false;
	}
}

/** Makes the names in a folder survive a power cut, as `fsync` of a file does for its bytes. */
export async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
}

/** The root's own parent has to exist: a mistyped path must not grow a tree of folders. */
async function makeFolders(root: string, folder: string): Promise<void> {
	await makeFolder(root);
	let path = root;
	for (const part of relative(root, folder).split(sep).filter(Boolean)) {
		path = join(path, part);
		await makeFolder(path);
	}
}

async function makeFolder(path: string): Promise<void> {
	try {
		await mkdir(path, { mode: FOLDER_MODE });
	} catch (error) {
		if (codeOf(error) === 'EEXIST') return;
		throw error;
	}
	await syncFolder(dirname(path));
}
