import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

import { nodeFirstInPath } from './environment';

const RECIPE = __dirname;
const RECIPE_FILES = ['package.json', 'package-lock.json', 'stubs'];
const PROGRESS_EVERY_MS = 5_000;
const LINES_KEPT = 20;

export interface InstallOptions {
	/** Gets a line now and then while packages arrive. */
	report?: (progress: string) => void;
	signal?: AbortSignal;
}

/** An n8n on this machine that is ready to be started. */
export interface InstalledN8n {
	readonly version: string;
	readonly directory: string;
	/** n8n's command line program, to be run by Node.js 24. */
	readonly program: string;
}

/**
 * Installs the n8n that `package-lock.json` beside this file pins, once per machine and lock, in the
 * user's cache directory: some 3 GB and three minutes, afterwards nothing. Several processes may
 * call this at once: each installs beside the final place, and the first to finish moves in.
 */
export async function installN8n(options: InstallOptions = {}): Promise<InstalledN8n> {
	const lock = await readFile(join(RECIPE, 'package-lock.json'), 'utf8');
	const { packages } = JSON.parse(lock) as { packages: Record<string, { version: string }> };
	const version = packages['node_modules/n8n']?.version;
	if (version === undefined) throw new Error('The lock file pins no n8n.');
	const hash = createHash('sha256').update(lock).digest('hex').slice(0, 12);
	const directory = join(cacheDirectory(), `n8n-${version}-${hash}`);
	if (!(await exists(directory))) {
		options.report?.(`installing n8n ${version}, once, into ${directory}`);
		await installInto(directory, Object.keys(packages).length - 1, options);
	}
	return { version, directory, program: join(directory, 'node_modules/n8n/bin/n8n') };
}

function cacheDirectory(): string {
	const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
	return join(base, 'n8n-nodes-disaster-recovery');
}

async function installInto(
	directory: string,
	packages: number,
	options: InstallOptions,
): Promise<void> {
	await removeLeftovers(directory);
	const beside = `${directory}.installing-${process.pid}-${randomBytes(4).toString('hex')}`;
	await mkdir(beside, { recursive: true });
	try {
		for (const file of RECIPE_FILES) {
			await cp(join(RECIPE, file), join(beside, file), { recursive: true });
		}
		await npmCi(beside, packages, options);
		await rename(beside, directory).catch(async (error: unknown) => {
			if (!(await exists(directory))) throw error;
		});
	} finally {
		await rm(beside, { recursive: true, force: true });
	}
}

/** An installation that was killed leaves gigabytes behind; its process id tells that it is over. */
async function removeLeftovers(directory: string): Promise<void> {
	const parent = dirname(directory);
	const prefix = `${basename(directory)}.installing-`;
	for (const name of await readdir(parent).catch(() => [])) {
		if (name.startsWith(prefix) && !isRunning(Number.parseInt(name.slice(prefix.length), 10))) {
			await rm(join(parent, name), { recursive: true, force: true });
		}
	}
}

/** Counts npm's downloads for the progress report and keeps its last words for the error. */
async function npmCi(
	directory: string,
	packages: number,
	{ report, signal }: InstallOptions,
): Promise<void> {
	const npm = spawn(
		'npm',
		// `--install-links` copies the stub: a link would point into this directory's old name.
		['ci', '--ignore-scripts', '--install-links', '--no-audit', '--no-fund', '--loglevel=http'],
		{
			cwd: directory,
			env: nodeFirstInPath(),
			stdio: ['ignore', 'ignore', 'pipe'],
			signal,
			// npm goes on until it is done, whatever politer signal it gets.
			killSignal: 'SIGKILL',
		},
	);
	const ended = once(npm, 'close');
	ended.catch(() => undefined); // Heard of below, once npm's last words are read.
	const lastLines: string[] = [];
	let fetched = 0;
	let reportedAt = Date.now();
	for await (const line of createInterface({ input: npm.stderr })) {
		if (/^npm http fetch GET 200 \S+\.tgz/.test(line)) fetched++;
		else if (!line.startsWith('npm http')) lastLines.push(line);
		if (lastLines.length > LINES_KEPT) lastLines.shift();
		if (Date.now() - reportedAt < PROGRESS_EVERY_MS) continue;
		reportedAt = Date.now();
		report?.(`n8n: ${Math.min(fetched, packages)} of ${packages} packages fetched`);
	}
	const [exitCode] = (await ended) as [number | null];
	if (exitCode !== 0) {
		throw new Error(`npm could not install n8n. Its last words:\n${lastLines.join('\n')}`);
	}
}

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

async function exists(path: string): Promise<boolean> {
	return await stat(path).then(
		() => true,
		() => false,
	);
}
