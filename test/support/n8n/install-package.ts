import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { nodeFirstInPath } from './environment';

const run = promisify(execFile);

interface PackageJson {
	name: string;
	version: string;
	[field: string]: unknown;
}

/** Packs the built package at `root` as it would be published; resolves with the archive's path. */
export async function packPackage(root: string, into: string): Promise<string> {
	const { stdout } = await run(
		'npm',
		['pack', '--ignore-scripts', '--json', '--pack-destination', into],
		{ cwd: root, env: nodeFirstInPath() },
	);
	const [packed] = JSON.parse(stdout) as [{ filename: string }];
	return join(into, packed.filename);
}

/**
 * Puts a packed package where n8n's own "Install a community node" puts it, with the same steps:
 * unpacked, without its development, peer and optional dependencies, the others installed inside it
 * with no scripts run.
 *
 * @param userFolder the folder that holds n8n's `.n8n`
 */
export async function installPackage(
	archive: string,
	userFolder: string,
	signal?: AbortSignal,
): Promise<void> {
	const nodes = join(userFolder, '.n8n/nodes');
	const { stdout } = await run('tar', ['-xzOf', archive, 'package/package.json']);
	const { name, version } = JSON.parse(stdout) as PackageJson;
	const directory = join(nodes, 'node_modules', name);
	await mkdir(directory, { recursive: true });
	await run('tar', ['-xzf', archive, '-C', directory, '--strip-components=1']);
	await dropUninstalledDependencies(join(directory, 'package.json'));
	await run(
		'npm',
		[
			...['install', '--audit=false', '--fund=false', '--bin-links=false'],
			...['--install-strategy=shallow', '--ignore-scripts=true', '--package-lock=false'],
			// Our versions are exact: what npm has in its cache will do.
			'--prefer-offline',
		],
		{ cwd: directory, env: nodeFirstInPath(), signal },
	);
	const listing = { name: 'installed-nodes', private: true, dependencies: { [name]: version } };
	await writeFile(join(nodes, 'package.json'), JSON.stringify(listing, null, 2));
}

async function dropUninstalledDependencies(packageJson: string): Promise<void> {
	const content = JSON.parse(await readFile(packageJson, 'utf8')) as PackageJson;
	const dropped = ['devDependencies', 'peerDependencies', 'optionalDependencies'];
	const kept = Object.entries(content).filter(([field]) => !dropped.includes(field));
	await writeFile(packageJson, JSON.stringify(Object.fromEntries(kept), null, 2));
}
