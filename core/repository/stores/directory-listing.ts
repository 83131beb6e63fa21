import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isKeySegment, PARTIAL } from '../keys';
import type { StoredObject } from '../store';
import { unlessGone } from './directory-errors';

/**
 * The files below `root` whose key begins with `prefix`, in key order. Names that cannot be a part of
 * a key, unfinished files, links and devices are passed over. Rejects where `root` does not exist:
 * an unmounted disk must not look like an empty one.
 */
export async function* listDirectory(
	root: string,
	prefix: string,
	signal?: AbortSignal,
): AsyncGenerator<StoredObject, void> {
	await stat(root);
	const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
	if (folder.split('/').slice(0, -1).every(isKeySegment)) yield* walk(root, folder, prefix, signal);
}

/** The paths below `root` of files that nobody has finished; links are passed over. */
export async function* listPartials(
	root: string,
	signal?: AbortSignal,
	folder = '',
): AsyncGenerator<string, void> {
	signal?.throwIfAborted();
	for (const path of await keysIn(root, folder, isPartial)) {
		if (path.endsWith('/')) yield* listPartials(root, signal, path);
		else yield path;
	}
}

/** `folder` is empty or ends with a slash. */
async function* walk(
	root: string,
	folder: string,
	prefix: string,
	signal: AbortSignal | undefined,
): AsyncGenerator<StoredObject, void> {
	signal?.throwIfAborted();
	for (const key of await keysIn(root, folder, (name) => isKeySegment(name) && !isPartial(name))) {
		if (!key.startsWith(prefix)) continue;
		if (key.endsWith('/')) yield* walk(root, key, prefix, signal);
		else {
			const found = await unlessGone(lstat(join(root, key)));
			if (found !== undefined) yield { key, bytes: found.size, modifiedAt: found.mtime };
		}
	}
}

/** Folders with their slash, which also sorts them as a listing of whole keys would. */
async function keysIn(
	root: string,
	folder: string,
	isWanted: (name: string) => boolean,
): Promise<string[]> {
	const entries = (await unlessGone(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
	return entries
		.flatMap((entry) => {
			// An unfinished file may have a longer name than a key.
			if (entry.isDirectory()) return isKeySegment(entry.name) ? [`${folder}${entry.name}/`] : [];
			return entry.isFile() && isWanted(entry.name) ? [folder + entry.name] : [];
		})
		.sort();
}

const isPartial = (name: string) => name.endsWith(PARTIAL);
