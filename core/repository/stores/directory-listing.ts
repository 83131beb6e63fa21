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

/** `folder` is empty or ends with a slash. */
async function* walk(
	root: string,
	folder: string,
	prefix: string,
	signal: AbortSignal | undefined,
): AsyncGenerator<StoredObject, void> {
	signal?.throwIfAborted();
	for (const key of await keysIn(root, folder)) {
		if (!key.startsWith(prefix)) continue;
		if (key.endsWith('/')) yield* walk(root, key, prefix, signal);
		else {
			const found = await unlessGone(lstat(join(root, key)));
			if (found !== undefined) yield { key, bytes: found.size, modifiedAt: found.mtime };
		}
	}
}

/** Folders with their slash, which also sorts them as a listing of whole keys would. */
async function keysIn(root: string, folder: string): Promise<string[]> {
	const entries = (await unlessGone(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
	return entries
		.filter((entry) => isKeySegment(entry.name))
		.flatMap((entry) => {
			if (entry.isDirectory()) return [`${folder}${entry.name}/`];
			return entry.isFile() && !entry.name.endsWith(PARTIAL) ? [folder + entry.name] : [];
		})
		.sort();
}
