import { randomBytes } from 'node:crypto';
import { lstat, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assertKey, PROBE_FOLDER } from '../keys';
import { sentencesOf } from '../reason';
import type { AbandonedWrite, Refusal, Removal } from '../store';
import { explainDirectory, unlessGone } from './directory-errors';
import { openPartial, removeFile } from './directory-files';
import { listPartials } from './directory-listing';

const PARTIAL_OF = /^(.+)\.[0-9a-f]{12}\.partial$/;

/** Removes files one by one; a link on the way to one is not followed. */
export async function removeFiles(
	place: { root: string; label: string },
	keys: readonly string[],
	signal?: AbortSignal,
): Promise<Removal> {
	const refused: Refusal[] = [];
	const root = await realpath(place.root);
	for (const key of keys) {
		signal?.throwIfAborted();
		assertKey(key);
		try {
			const folder = await unlessGone(realpath(join(root, dirname(key))));
			if (folder === undefined) continue;
			if (folder === join(root, dirname(key))) await removeFile(root, join(root, key));
			else refused.push({ key, reason: 'It lies behind a link, which is not followed.' });
		} catch (error) {
			refused.push({ key, reason: sentencesOf(explainDirectory(error, place.label)) });
		}
	}
	return { refused, notes: [] };
}

/** What a file gets for its time that is written now; a network share has a clock of its own. */
export async function timeOfDirectory(root: string): Promise<Date> {
	const { file, partial } = await openPartial(
		root,
		join(root, PROBE_FOLDER, randomBytes(8).toString('hex')),
	);
	try {
		await file.write('time');
		await file.sync();
		return (await file.stat()).mtime;
	} finally {
		await file.close();
		await removeFile(root, partial);
	}
}

/** Unfinished files of keys for which `isOurs` holds, that have not grown since an instant. */
export async function* abandonedFiles(
	root: string,
	isOurs: (key: string) => boolean,
	since: Date,
	signal?: AbortSignal,
): AsyncGenerator<AbandonedWrite, void> {
	for await (const path of listPartials(root, signal)) {
		const [, key] = PARTIAL_OF.exec(path) ?? [];
		if (key === undefined || !isOurs(key)) continue;
		const found = await unlessGone(lstat(join(root, path)));
		if (found === undefined || found.mtime >= since) continue;
		const remove = async () => await removeFile(root, join(root, path));
		yield { key, lastWrittenAt: found.mtime, remove };
	}
}
