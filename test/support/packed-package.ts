import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const PACKAGE_ROOT = join(__dirname, '..', '..');

export interface PackageJson {
	name: string;
	version: string;
	scripts: Record<string, string>;
	dependencies: Record<string, string>;
	peerDependencies: Record<string, string>;
	n8n: { nodes: string[]; credentials: string[] };
}

export async function readPackageJson(): Promise<PackageJson> {
	return JSON.parse(await readFile(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as PackageJson;
}

interface PackReport {
	filename: string;
	files: { path: string; size: number }[];
}

/**
 * Runs `npm pack` on what is built.
 * @param destination folder for the tarball; without one nothing is written
 */
export async function npmPack(destination?: string): Promise<PackReport> {
	const where = destination === undefined ? '--dry-run' : `--pack-destination=${destination}`;
	const { stdout } = await run('npm', ['pack', '--json', where], { cwd: PACKAGE_ROOT });
	// A list in one version of npm, an object by package name in another.
	const [report] = Object.values(JSON.parse(stdout) as Record<string, PackReport>);
	if (!report) throw new Error('npm packed nothing.');
	return report;
}
