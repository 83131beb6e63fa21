import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { copyFile, link, lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ConfigurationError, DisasterRecoveryError, RestoreError } from '../errors';
import { cancelled } from '../repository/cancellation';
import type { Digest } from '../repository/digest';
import { formatStamp } from '../repository/naming';
import { codeOf, explainDirectory, unlessGone } from '../repository/stores/directory-errors';
import { syncFolder } from '../repository/stores/directory-files';
import { differenceOf } from '../repository/verified-payload';
import { assertFilePath, fileAt } from './file-at';
import { survey } from './survey';

const SECOND = 1000;
const HOUR = 60 * 60 * SECOND;
/** The name of content that is on its way; it may be secret, and nobody looks for hidden files. */
const UNFINISHED = /^\.fetched-[0-9a-f]{12}\.partial$/;
/** File systems without hard links; there a copy is made. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

export interface Placement {
	/** Absolute and without links in it. */
	path: string;
	/** Permissions. */
	mode: number;
	/** Keeps a file that is there already as `<name>.before-<YYYYMMDDHHmmss>`, in UTC. */
	keepReplaced: boolean;
	/** What the content has to be; a file that has it already is left alone. */
	content: Digest;
	/** Called at the last moment: rejects where the path leads to where nothing may be written. */
	assertAllowed?: () => Promise<void>;
}

export interface PlacedFile {
	/** `unchanged`: the file that was there has this very content, and was not touched. */
	state: 'created' | 'replaced' | 'unchanged';
	/** Where the file that was there is kept. */
	keptAs?: string;
	/** As sentences. */
	warnings: string[];
}

/**
 * Writes content to a path: into a file of its own at first, which takes the name in one step once all
 * of it is on the disk. Whatever fails before, what was there stays as it was; and nothing is left over.
 * What a run that was killed has left in the folder goes once nobody has written to it for an hour.
 *
 * Rejects with `ConfigurationError` where the path is not that of a file or leads elsewhere, with
 * `RestoreError` where it cannot be written, with `CancelledError`, and with the errors of `content`.
 */
export async function placeFile(
	content: Readable,
	placement: Placement,
	signal?: AbortSignal,
): Promise<PlacedFile> {
	const { path, mode } = placement;
	const folder = dirname(path);
	let partial: string | undefined;
	try {
		await assertTarget(path);
		const name = join(folder, `.fetched-${randomBytes(6).toString('hex')}.partial`);
		const file = await open(name, 'wx', mode);
		partial = name;
		const warnings = await removeAbandoned(folder, (await file.stat()).mtimeMs);
		// Ends when the bytes are on the disk, and closes the file however it ends.
		await pipeline(content, file.createWriteStream({ flush: true }), { signal });
		const placed = await takePlace(partial, placement, signal);
		return { ...placed, warnings: [...warnings, ...placed.warnings] };
	} catch (error) {
		throw explain(error, path, signal);
	} finally {
		content.destroy();
		// Nothing is left there where it has taken its place.
		if (partial !== undefined) await rm(partial, { force: true });
	}
}

/** @param now by the clock of the file system, which may be that of another machine */
async function removeAbandoned(folder: string, now: number): Promise<string[]> {
	const warnings: string[] = [];
	for (const name of (await readdir(folder)).filter((one) => UNFINISHED.test(one))) {
		const path = join(folder, name);
		const found = await unlessGone(lstat(path));
		if (!found?.isFile() || found.mtimeMs > now - HOUR) continue;
		try {
			await rm(path, { force: true });
		} catch (error) {
			warnings.push(
				`${path}, which a fetch that was killed has left, could not be removed (${codeOf(error)}). It may hold secrets: remove it by hand.`,
			);
		}
	}
	return warnings;
}

async function assertTarget(path: string): Promise<void> {
	assertFilePath(path);
	const folder = dirname(path);
	if (!(await unlessGone(stat(folder)))?.isDirectory()) {
		throw new ConfigurationError(`There is no folder ${folder}.`, {
			hint: 'Make the folder first, or correct the path.',
		});
	}
	const found = await unlessGone(lstat(path));
	if (found === undefined || found.isFile()) return;
	throw new ConfigurationError(`${path} is there already, and is not an ordinary file.`, {
		hint: 'Give the path of a file, not of a folder, a link, a pipe or a device.',
	});
}

async function takePlace(
	partial: string,
	{ path, mode, keepReplaced, content, assertAllowed }: Placement,
	signal: AbortSignal | undefined,
): Promise<PlacedFile> {
	const old = await unlessGone(lstat(path));
	if (old && (await hasContent(path, content, signal))) return { state: 'unchanged', warnings: [] };
	signal?.throwIfAborted();
	const keptAs = old && keepReplaced ? await keep(path) : undefined;
	try {
		await assertTarget(path);
		await assertAllowed?.();
		await rename(partial, path);
	} catch (error) {
		if (keptAs !== undefined) await rm(keptAs);
		throw error;
	}
	await syncFolder(dirname(path)).catch((error: unknown) => {
		throw notDurable(path, error);
	});
	return {
		state: old ? 'replaced' : 'created',
		...(keptAs !== undefined && { keptAs }),
		warnings: old ? readersLost(old, await lstat(path), mode) : [],
	};
}

async function hasContent(
	path: string,
	content: Digest,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	const file = await fileAt(path).open();
	try {
		const found = await survey(file, { envFile: false, ...(signal && { signal }) });
		return differenceOf(content, found.digest) === undefined;
	} finally {
		await file.close();
	}
}

/** A second name for the file, so that there is never a moment without it. */
async function keep(path: string): Promise<string> {
	for (let at = Date.now(); ; at += SECOND) {
		const kept = `${path}.before-${formatStamp(new Date(at))}`;
		try {
			await link(path, kept);
			return kept;
		} catch (error) {
			const code = codeOf(error) ?? '';
			if (code === 'EEXIST') continue;
			if (!NO_LINKS.includes(code)) throw error;
		}
		await copyFile(path, kept, constants.COPYFILE_EXCL);
		return kept;
	}
}

/** A program that could read the old file and not the new one fails at its next start. */
function readersLost(old: Stats, now: Stats, mode: number): string[] {
	if ((old.mode & 0o777) === mode && old.uid === now.uid && old.gid === now.gid) return [];
	const was = `mode ${(old.mode & 0o777).toString(8)}, user ${old.uid}, group ${old.gid}`;
	const is = `mode ${mode.toString(8)}, user ${now.uid}, group ${now.gid}`;
	return [
		`The file that was replaced had ${was}; the new one has ${is}. Give the programs that read it their rights back (chmod, chown).`,
	];
}

function notDurable(path: string, cause: unknown): RestoreError {
	return new RestoreError(
		`The file is at ${path}, but the disk did not confirm that it would be after a power cut.`,
		{ hint: 'Check the disk, then fetch the file again.', cause },
	);
}

function explain(error: unknown, path: string, signal: AbortSignal | undefined): unknown {
	if (error instanceof DisasterRecoveryError) return error;
	if (signal?.aborted) return cancelled('Fetching the file');
	const { message, hint } = explainDirectory(error, `folder ${dirname(path)}`);
	return new RestoreError(
		`The file was not placed, and what was at ${path} is as it was. ${message}`,
		{
			hint,
			cause: error,
		},
	);
}
