import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { bareEnvironment } from './libpq-environment';

const run = promisify(execFile);

/** A program that does not tell its version in this time is left aside. */
const VERSION_TIMEOUT_MS = 10_000;

/** Where packages put several versions beside each other: folder, name of the entry, path below. */
const VERSIONED: readonly [string, RegExp, string][] = [
	['/usr/lib/postgresql', /^\d+$/, 'bin'],
	['/usr', /^pgsql-\d+$/, 'bin'],
	['/opt/homebrew/opt', /^(postgresql|libpq)(@\d+)?$/, 'bin'],
	['/usr/local/opt', /^(postgresql|libpq)(@\d+)?$/, 'bin'],
	['C:\\Program Files\\PostgreSQL', /^\d+$/, 'bin'],
];

/** A client program of PostgreSQL on this machine. */
export interface NativeTool {
	readonly path: string;
	/** E.g. `15.18`. */
	readonly version: string;
	readonly major: number;
}

/**
 * Every such program that can be started here, in the order of the search: `configuredDirectory`
 * alone where one is given, else PATH and the folders in which packages keep several versions.
 * Looks anew each time, since programs come and go while n8n runs.
 */
export async function findNativeTool(
	tool: 'pg_dump' | 'pg_restore',
	options: { configuredDirectory?: string } = {},
): Promise<NativeTool[]> {
	const { configuredDirectory } = options;
	const directories = configuredDirectory ? [configuredDirectory] : await searchedDirectories();
	const file = process.platform === 'win32' ? `${tool}.exe` : tool;
	const found = await Promise.all(directories.map((directory) => inspect(join(directory, file))));
	const tools = new Map<string, NativeTool>();
	for (const candidate of found) {
		if (candidate && !tools.has(candidate.path)) tools.set(candidate.path, candidate);
	}
	return [...tools.values()];
}

async function searchedDirectories(): Promise<string[]> {
	const onPath = (process.env.PATH ?? '').split(delimiter).filter((entry) => entry !== '');
	const versioned = await Promise.all(
		VERSIONED.map(async ([parent, name, below]) => {
			const entries = await readdir(parent).catch(() => []);
			return entries.filter((entry) => name.test(entry)).map((entry) => join(parent, entry, below));
		}),
	);
	return [...onPath, ...versioned.flat()];
}

async function inspect(file: string): Promise<NativeTool | undefined> {
	try {
		const path = await realpath(file);
		// Debian's wrapper chooses a version at each start; the programs that it chooses from are found
		// in their own folders.
		if (basename(path) === 'pg_wrapper') return undefined;
		const { stdout } = await run(path, ['--version'], {
			env: bareEnvironment(),
			timeout: VERSION_TIMEOUT_MS,
			windowsHide: true,
		});
		const version = /\(PostgreSQL\) ((\d+)\S*)/.exec(stdout);
		if (!version?.[1]) return undefined;
		return { path, version: version[1], major: Number(version[2]) };
	} catch {
		// Not there, not ours to start, or not a program for this machine: no candidate.
		return undefined;
	}
}
