import { constants } from 'node:fs';
import { access, cp, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CancelledError } from '../../../errors';
import { PGLITE_VERSION } from './pglite-version';
import { createDataDirectory } from './pglite-process';

const FOLDER_MODE = 0o700;

/** Where the empty database is kept unless the caller says where. */
export function defaultCacheDirectory(): string {
	const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
	return join(base, 'n8n-nodes-disaster-recovery');
}

/**
 * Puts an empty database into `dataDirectory`, which does not exist yet: a copy of the cached one,
 * since making one takes seconds and 1 GB of memory. A cache that cannot be written or is not there
 * costs that time, never the test.
 */
export async function provideDataDirectory(
	dataDirectory: string,
	cacheDirectory: string,
	signal?: AbortSignal,
): Promise<void> {
	const template = join(cacheDirectory, `pglite-${PGLITE_VERSION}`);
	try {
		if (!(await isThere(template))) await makeTemplate(template, cacheDirectory, signal);
		await cp(template, dataDirectory, { recursive: true, mode: constants.COPYFILE_FICLONE });
	} catch (error) {
		if (signal?.aborted || error instanceof CancelledError) throw error;
		await rm(dataDirectory, { recursive: true, force: true });
		await mkdir(dataDirectory, { mode: FOLDER_MODE });
		await createDataDirectory(dataDirectory, signal);
	}
}

/** So that the next test makes another one: this one has not worked. */
export async function forgetTemplate(cacheDirectory: string): Promise<void> {
	const template = join(cacheDirectory, `pglite-${PGLITE_VERSION}`);
	await rm(template, { recursive: true, force: true }).catch(() => undefined);
}

/** Made beside its place and moved there when complete, so that no other run sees half of it. */
async function makeTemplate(
	template: string,
	cacheDirectory: string,
	signal?: AbortSignal,
): Promise<void> {
	await mkdir(cacheDirectory, { recursive: true, mode: FOLDER_MODE });
	const unfinished = await mkdtemp(join(cacheDirectory, 'unfinished-'));
	try {
		await createDataDirectory(unfinished, signal);
		await syncFiles(unfinished);
		await moveInto(unfinished, template);
	} finally {
		await rm(unfinished, { recursive: true, force: true });
	}
}

/** Two runs at once may both get here: the second finds the folder of the first in its way. */
async function moveInto(unfinished: string, template: string): Promise<void> {
	try {
		await rename(unfinished, template);
	} catch (error) {
		if (!(await isThere(template))) throw error;
	}
}

/** A power cut behind the move must not leave files without content. */
async function syncFiles(folder: string): Promise<void> {
	for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
		if (!entry.isFile()) continue;
		const file = await open(join(entry.parentPath, entry.name), 'r');
		try {
			await file.sync();
		} finally {
			await file.close();
		}
	}
}

async function isThere(template: string): Promise<boolean> {
	return await access(join(template, 'PG_VERSION')).then(
		() => true,
		() => false,
	);
}
