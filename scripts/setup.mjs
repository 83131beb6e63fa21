/**
 * Makes a bare checkout ready: the exact dependencies of package-lock.json, and in
 * node_modules/.bin the Node.js that they pin, which every later command of an npm script finds
 * first. Says nothing and takes no time when there is nothing to do. Runs on any Node.js from 18.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Its warnings are about the machine's Node.js, which nothing here uses after the setup. */
const QUIET = '--loglevel=error';
const LOCK = join(root, '.cache', 'setup.lock');

if (!isReady()) {
	const release = await takeLock();
	try {
		// Not `npm ci`: it refuses a lock file that lacks binaries for other platforms, and which of
		// those a registry carries differs. `--no-save` keeps to the lock file and leaves it as it is.
		if (!hasDependencies()) npm('install', '--no-save', '--no-audit', '--no-fund', QUIET);
		// The binary comes from the package's own install script, and scripts are off (.npmrc).
		if (!hasNode()) npm('rebuild', 'node', '--ignore-scripts=false', QUIET);
		if (!isReady()) fail('The installation ended without a word, yet is not complete.');
	} finally {
		release();
	}
}

function isReady() {
	return hasDependencies() && hasNode();
}

/** npm writes its own copy of the lock into node_modules once everything is in place. */
function hasDependencies() {
	const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
	if (!installed) return false;
	return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
		([path, { version, optional }]) =>
			path === '' || (installed[path] ? installed[path].version === version : optional),
	);
}

function packagesOf(file) {
	try {
		return JSON.parse(readFileSync(file, 'utf8')).packages;
	} catch (error) {
		if (error.code === 'ENOENT') return undefined;
		throw error;
	}
}

function hasNode() {
	const { version } = packagesOf(join(root, 'package-lock.json'))['node_modules/node'];
	const node = join(root, 'node_modules', '.bin', 'node');
	const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
	return stdout?.trim() === `v${version}`;
}

/** Two installations at once would pull the files from under each other: the second one waits. */
async function takeLock() {
	mkdirSync(dirname(LOCK), { recursive: true });
	for (;;) {
		try {
			writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
			return () => rmSync(LOCK, { force: true });
		} catch (error) {
			if (error.code !== 'EEXIST') throw error;
		}
		if (!isHeld()) rmSync(LOCK, { force: true });
		else await new Promise((resolve) => setTimeout(resolve, 500));
	}
}

function isHeld() {
	try {
		process.kill(Number(readFileSync(LOCK, 'utf8') || process.pid), 0);
		return true;
	} catch (error) {
		return error.code === 'EPERM';
	}
}

function npm(...args) {
	console.log(`npm ${args.join(' ')}`);
	// On Windows npm is a script, which only a shell can start.
	const shell = process.platform === 'win32';
	const { status, error } = spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell });
	if (status !== 0) fail(`"npm ${args.join(' ')}" did not succeed. ${error?.message ?? ''}`);
}

function fail(message) {
	rmSync(LOCK, { force: true });
	console.error(message);
	process.exit(1);
}
