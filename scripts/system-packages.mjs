/**
 * Usage: node scripts/system-packages.mjs <demo|test|e2e>
 *
 * Sees to the programs that the demo or the tests need and npm does not bring: installs them where this is root
 * on a Debian-like system, else prints the line that does and exits with 1. Says nothing when they
 * are there.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Package → a program that it brings. */
const DEMO = { 'redis-server': 'redis-server', git: 'git', openssl: 'openssl' };
const TEST = {
	...DEMO,
	'postgresql-15': '/usr/lib/postgresql/15/bin/initdb',
	'postgresql-client-15': '/usr/lib/postgresql/15/bin/pg_restore',
	'openssh-client': 'ssh',
	age: 'age',
	zstd: 'zstd',
	pgbouncer: '/usr/sbin/pgbouncer',
	unzip: 'unzip',
};
const NEEDS = {
	demo: DEMO,
	test: TEST,
	e2e: { ...TEST, chromium: 'chromium' },
};

const needs = NEEDS[process.argv[2]];
if (!needs) {
	console.error(`Usage: node scripts/system-packages.mjs <${Object.keys(NEEDS).join('|')}>`);
	process.exit(2);
}

const missing = missingPackages();
if (missing.length > 0) {
	if (process.getuid?.() !== 0 || !isInstalled('apt-get')) explain(missing);
	console.log(`Installing ${missing.join(', ')}`);
	apt('update', '-q');
	apt('install', '-q', '-y', '--no-install-recommends', ...missing);
	const still = missingPackages();
	if (still.length > 0) explain(still);
}

function missingPackages() {
	return Object.keys(needs).filter((name) => !isInstalled(needs[name]));
}

function isInstalled(program) {
	const folders = program.startsWith('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
	return folders.some((folder) => {
		try {
			accessSync(join(folder, program), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

function apt(...args) {
	const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
	const { status } = spawnSync('apt-get', args, { env, stdio: 'inherit' });
	if (status !== 0) explain(missing);
}

function explain(packages) {
	const line = `apt-get update && apt-get install -y ${packages.join(' ')}`;
	console.error(
		`The ${process.argv[2] === 'demo' ? 'demo needs' : 'tests need'} programs that are not on this machine. As root, run:\n\n  ${line}\n`,
	);
	if (packages.some((name) => name.startsWith('postgresql'))) {
		console.error('Where the system has no PostgreSQL 15, https://apt.postgresql.org has it.');
	}
	process.exit(1);
}
