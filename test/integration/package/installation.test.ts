import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { npmPack, PACKAGE_ROOT, readPackageJson } from '../../support/packed-package';

const run = promisify(execFile);

let home: string;

beforeAll(async () => {
	home = await mkdtemp(join(tmpdir(), 'dr-installation-'));
});

afterAll(() => rm(home, { recursive: true, force: true }));

/** What n8n does for somebody who installs a community package in its settings. */
async function installAsN8nDoes(): Promise<string> {
	const { filename } = await npmPack(home);
	await run('tar', ['-xzf', filename], { cwd: home });
	const folder = join(home, 'package');
	const file = join(folder, 'package.json');
	const { devDependencies, peerDependencies, optionalDependencies, ...rest } = JSON.parse(
		await readFile(file, 'utf8'),
	) as Record<string, object>;
	expect(Object.keys({ ...peerDependencies })).toEqual(['n8n-workflow']);
	expect(devDependencies).toBeDefined();
	expect(optionalDependencies).toBeUndefined();
	await writeFile(file, JSON.stringify(rest));
	const args = ['install', '--ignore-scripts', '--install-strategy=shallow', '--no-audit'];
	await run('npm', args, { cwd: folder });
	return folder;
}

/** n8n-workflow comes from the n8n that runs the node, by NODE_PATH; nothing else does. */
async function modulesOfN8n(): Promise<string> {
	const modules = join(home, 'n8n', 'node_modules');
	await mkdir(modules, { recursive: true });
	const installed = join(PACKAGE_ROOT, 'node_modules', 'n8n-workflow');
	await symlink(installed, join(modules, 'n8n-workflow'));
	return modules;
}

it('works where n8n has installed it', async () => {
	const folder = await installAsN8nDoes();
	const { n8n } = await readPackageJson();
	const script = `
		const path = require('node:path');
		const load = (file) => {
			const [name] = path.basename(file).split('.');
			const { description, name: type } = new (require(path.resolve(file))[name])();
			return description?.name ?? type;
		};
		console.log(JSON.stringify(${JSON.stringify([...n8n.nodes, ...n8n.credentials])}.map(load)));`;
	const env = { PATH: process.env.PATH, NODE_PATH: await modulesOfN8n() };
	const { stdout } = await run('node', ['-e', script], { cwd: folder, env });
	const loaded = JSON.parse(stdout) as string[];
	expect(loaded).toHaveLength(n8n.nodes.length + n8n.credentials.length);
	expect(loaded).toContain('postgresDump');
}, 180_000);
