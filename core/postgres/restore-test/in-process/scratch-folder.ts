import { lstat, mkdtemp, readdir, readFile, rm, statfs, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../../../errors';
import { reasonOf } from '../../../repository/reason';
import { hasEnded, identityOf } from './scratch-owner';

const PREFIX = 'n8n-dr-restore-test-';
const OWNER_FILE = 'owner';
const HEARTBEAT_MS = 30_000;
/** After so long without a heartbeat nobody is at it any more, wherever that was. */
const ABANDONED_AFTER_MS = 60 * 60_000;
/** Tables, indexes and log take so much more room than the rows in the dump. */
const GROWTH = 1.6;
const EMPTY_DATABASE_BYTES = 45e6;

/** A folder of one run, which holds everything that the run writes. */
export interface ScratchFolder {
	readonly path: string;
	/** Removes it with all that is in it. */
	remove(): Promise<void>;
}

/**
 * Makes a folder that nobody else can look into, below `parent` or the system's folder for such
 * things, and removes those that dead runs have left there. Rejects with `ConfigurationError` where
 * there is no room for a dump of `rawBytes`.
 */
export async function makeScratchFolder(
	rawBytes: number,
	parent: string = tmpdir(),
): Promise<ScratchFolder> {
	await sweep(parent);
	await requireRoom(rawBytes, parent);
	const path = await mkdtemp(join(parent, PREFIX)).catch((error: unknown) => {
		throw unusable(parent, error);
	});
	const owner = join(path, OWNER_FILE);
	await writeFile(owner, (await identityOf(process.pid)) ?? '', { mode: 0o600 });
	const beat = () => {
		const now = new Date();
		utimes(owner, now, now).catch(() => undefined);
	};
	const heartbeat = setInterval(beat, HEARTBEAT_MS).unref();
	return {
		path,
		remove: async () => {
			clearInterval(heartbeat);
			await removeFolder(path);
		},
	};
}

async function requireRoom(rawBytes: number, parent: string): Promise<void> {
	const needed = rawBytes * GROWTH + EMPTY_DATABASE_BYTES;
	const { bavail, bsize } = await statfs(parent).catch((error: unknown) => {
		throw unusable(parent, error);
	});
	if (bavail * bsize >= needed) return;
	throw new ConfigurationError(
		`There is not enough room for the restore test in ${parent}: ${megabytes(bavail * bsize)} are free, about ${megabytes(needed)} are needed.`,
		{ hint: 'Make room there, choose another scratch folder, or set a scratch server.' },
	);
}

/** What cannot be looked at or removed stays: it is no business of this run. */
async function sweep(parent: string): Promise<void> {
	const names = await readdir(parent).catch(() => []);
	for (const name of names.filter((candidate) => candidate.startsWith(PREFIX))) {
		const path = join(parent, name);
		if (await isAbandoned(path).catch(() => false)) {
			await removeFolder(path).catch(() => undefined);
		}
	}
}

/** The word about the owner goes last: by it the next run finds what is left, should this one be killed. */
async function removeFolder(path: string): Promise<void> {
	const options = { recursive: true, force: true, maxRetries: 3 };
	for (const name of await readdir(path).catch(() => [])) {
		if (name !== OWNER_FILE) await rm(join(path, name), options);
	}
	await rm(path, options);
}

/** Only a folder of our own account, whose run is known to be dead or has not stirred for long. */
async function isAbandoned(path: string): Promise<boolean> {
	const folder = await lstat(path);
	if (!folder.isDirectory() || folder.uid !== (process.getuid?.() ?? folder.uid)) return false;
	const owner = join(path, OWNER_FILE);
	// Between the making of the folder and that of the file there is nothing but its own age.
	const beat = await lstat(owner).catch(() => folder);
	if (Date.now() - beat.mtimeMs > ABANDONED_AFTER_MS) return true;
	const identity = await readFile(owner, 'utf8').catch(() => '');
	return identity !== '' && (await hasEnded(identity));
}

function unusable(parent: string, error: unknown): ConfigurationError {
	return new ConfigurationError(
		`The folder for restore tests, ${parent}, cannot be used: ${reasonOf(error)}.`,
		{ hint: 'Choose a scratch folder that exists and that n8n may write to.', cause: error },
	);
}

function megabytes(bytes: number): string {
	return `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB`;
}
