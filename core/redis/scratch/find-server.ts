import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigurationError } from '../../errors';
import type { Flavor } from '../rdb/grammar';

const run = promisify(execFile);
const VERSION_TIMEOUT_MS = 10_000;

/** A server program on this machine. */
export interface ServerProgram {
	path: string;
	flavor: Flavor;
	/** E.g. `7.0.15`. */
	version: string;
	major: number;
}

/** Loads expire times exactly, and tells them: since this version. */
const OLDEST_MAJOR = 7;

/**
 * The newest server of this machine that reads snapshots of the flavor: `directory` alone where one is
 * given, else those on PATH. Rejects with `ConfigurationError` where there is none.
 */
export async function findServerProgram(
	flavor: Flavor,
	directory?: string,
): Promise<ServerProgram> {
	const directories = directory ? [directory] : (process.env.PATH ?? '').split(delimiter);
	// Valkey reads what Redis has written, up to the version in which they parted; not the reverse.
	const names = flavor === 'valkey' ? ['valkey-server'] : ['redis-server', 'valkey-server'];
	for (const name of names) {
		const found = await Promise.all(
			directories.filter((entry) => entry !== '').map((entry) => inspect(join(entry, name))),
		);
		const [program] = found
			.filter((entry) => entry !== undefined && entry.major >= OLDEST_MAJOR)
			.sort((one, other) => (other?.major ?? 0) - (one?.major ?? 0));
		if (program) return program;
	}
	throw new ConfigurationError(
		`There is no ${names.join(' or ')} on this machine (version ${OLDEST_MAJOR} or newer), which a restore test needs.`,
		{
			hint: 'Install one, give its folder, or verify at the level "readable", which needs nothing.',
		},
	);
}

async function inspect(file: string): Promise<ServerProgram | undefined> {
	try {
		// By the name as it is: packages make the server one of several names of the same program.
		const { stdout } = await run(file, ['--version'], {
			...{ env: {}, timeout: VERSION_TIMEOUT_MS, windowsHide: true },
		});
		const [, product, version] = /^(Redis|Valkey) server v=(\d[\d.]*)/.exec(stdout) ?? [];
		if (!product || !version) return undefined;
		const flavor = product === 'Valkey' ? 'valkey' : 'redis';
		return { path: file, flavor, version, major: Number.parseInt(version, 10) };
	} catch {
		// Not there, not ours to start, or not a program for this machine: no candidate.
		return undefined;
	}
}
