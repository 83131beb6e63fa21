import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';

import type { PackageDirectoryLoader } from 'n8n-core';
import { NodeHelpers, type INodeType } from 'n8n-workflow';

import { loadPackage } from '../support/engine-harness';
import {
	npmPack,
	PACKAGE_ROOT,
	readPackageJson,
	type PackageJson,
} from '../support/packed-package';

/** npm runs these by itself when it installs or packs; n8n installs without them. */
const LIFECYCLE =
	/^(pre|post)?(install|prepare|pack|publish|uninstall|restart|version)$|^prepublish$|^dependencies$/;

const EMBEDDED = [
	...['pg_dump.mjs', 'pg_dump.wasm', 'NOTICE'],
	...['LICENSE-PostgreSQL.txt', 'LICENSE-pglite-tools.txt'],
];

let packageJson: PackageJson;
let packed: string[];
let loader: PackageDirectoryLoader;

beforeAll(async () => {
	packageJson = await readPackageJson();
	packed = (await npmPack()).files.map(({ path }) => path);
	loader = await loadPackage();
});

const nodes = (): [string, INodeType][] =>
	Object.keys(loader.known.nodes).map((name) => [
		name,
		NodeHelpers.getVersionedNodeType(loader.getNode(name).type),
	]);

describe('the tarball', () => {
	it('holds the built package and its papers, nothing else', () => {
		const papers = ['LICENSE', 'README.md', 'package.json'];
		expect(packed).toEqual(expect.arrayContaining(papers));
		expect(packed.filter((path) => !path.startsWith('dist/') && !papers.includes(path))).toEqual(
			[],
		);
	});

	it('holds no tests, sources, secrets or leftovers', () => {
		const unwanted =
			/(^|\/)(test|tests|\.env[^/]*|\.cache|node_modules)(\/|$)|\.test\.|(?<!\.d)\.ts$|\.(pem|key|age|log|dump|tgz|tsbuildinfo)$/;
		expect(packed.filter((path) => unwanted.test(path))).toEqual([]);
	});

	it('holds every node, credential, codex, workflow and icon', () => {
		const { nodes: nodePaths, credentials } = packageJson.n8n;
		const workflows = readdirSync(join(PACKAGE_ROOT, 'workflows')).map(
			(f) => `dist/workflows/${f}`,
		);
		const codex = nodePaths.map((path) => path.replace(/\.js$/, '.json'));
		expect(packed).toEqual(
			expect.arrayContaining([...nodePaths, ...credentials, ...codex, ...workflows]),
		);
		const icons = [
			...nodes().map(([name, { description }]) => [loader.known.nodes[name], description] as const),
			...Object.entries(loader.known.credentials).map(
				([name, known]) => [known, loader.getCredential(name).type] as const,
			),
		].flatMap(([known, { iconUrl }]) => {
			const urls = typeof iconUrl === 'string' ? [iconUrl] : Object.values(iconUrl ?? {});
			expect(urls).toHaveLength(2); // light and dark
			expect(known).toBeDefined();
			return urls.map((url) => url.replace(`icons/${packageJson.name}/`, ''));
		});
		expect(packed).toEqual(expect.arrayContaining(icons));
	});

	it('holds the embedded pg_dump with its licences, and the schema of the manifest', () => {
		const embedded = 'dist/core/postgres/engines/embedded/vendor';
		expect(packed).toEqual(
			expect.arrayContaining([
				'dist/manifest.schema.json',
				...EMBEDDED.map((name) => `${embedded}/${name}`),
			]),
		);
	});

	it('registers every node and credential that it holds', () => {
		const built = packed.filter((path) => /\.(node|credentials)\.js$/.test(path));
		const { nodes: nodePaths, credentials } = packageJson.n8n;
		expect(built.sort()).toEqual([...nodePaths, ...credentials].sort());
	});

	it('needs nothing that n8n would not install with it', () => {
		const available = [
			...builtinModules,
			...Object.keys(packageJson.dependencies),
			...Object.keys(packageJson.peerDependencies),
		];
		const missing = packed
			.filter((path) => path.endsWith('.js'))
			.flatMap((path) => {
				const code = readFileSync(join(PACKAGE_ROOT, path), 'utf8');
				return [...code.matchAll(/\b(?:require|import)\(["']([^."'][^"']*)["']\)/g)]
					.map(([, name = '']) => name.replace(/^node:/, ''))
					.filter((name) => !available.some((one) => name === one || name.startsWith(`${one}/`)))
					.map((name) => `${path} needs ${name}`);
			});
		expect(missing).toEqual([]);
	});
});

describe('package.json', () => {
	it('runs nothing at installation', () => {
		const scripts = Object.keys(packageJson.scripts).filter((name) => LIFECYCLE.test(name));
		expect(scripts).toEqual([]);
	});

	it('takes n8n-workflow from the n8n that it runs in', () => {
		expect(packageJson.peerDependencies).toEqual({ 'n8n-workflow': '*' });
	});
});

describe('in the eyes of n8n', () => {
	it('each codex belongs to its node', () => {
		for (const [name, { description }] of nodes()) {
			const path = loader.known.nodes[name]?.sourcePath.replace(/\.js$/, '.json') ?? '';
			const codex = JSON.parse(readFileSync(join(PACKAGE_ROOT, path), 'utf8')) as object;
			expect(codex).toMatchObject({
				node: `${packageJson.name}.${name}`,
				nodeVersion: `${String([description.version].flat().at(-1))}.0`,
				codexVersion: '1.0',
				categories: expect.arrayContaining([expect.any(String)]),
			});
		}
	});

	it('each node has the methods that its fields and credentials name', () => {
		for (const [, { description, methods }] of nodes()) {
			const named = [...JSON.stringify(description.properties).matchAll(METHOD)];
			for (const [, kind = '', method = ''] of named) {
				const group = kind === 'searchListMethod' ? 'listSearch' : 'loadOptions';
				expect(methods?.[group]).toHaveProperty(method);
			}
			for (const { testedBy } of description.credentials ?? []) {
				if (typeof testedBy === 'string') expect(methods?.credentialTest).toHaveProperty(testedBy);
			}
		}
	});

	it('each field stays in the panel, whatever credential hangs on it', () => {
		for (const [, { description }] of nodes()) {
			for (const { name, options = [] } of description.properties) {
				const showing = (description.credentials ?? []).flatMap(
					({ displayOptions }) => displayOptions?.show?.[name] ?? [],
				);
				// The editor takes it for the choice of an authentication then.
				const values = options.map((option) => 'value' in option && option.value);
				const isLost = values.length > 0 && values.every((value) => showing.includes(value));
				expect([name, isLost]).toEqual([name, false]);
			}
		}
	});

	it('each credential can be tested, is documented, and is kept from other nodes', () => {
		const used = nodes().flatMap(([, { description }]) => description.credentials ?? []);
		for (const name of Object.keys(loader.known.credentials)) {
			const type = loader.getCredential(name).type;
			expect(type.restrictToSupportedNodes).toBe(true);
			expect(type.supportedNodes).not.toHaveLength(0);
			expect(type.documentationUrl).toMatch(/^https:\/\//);
			// n8n takes the test of any of the nodes that have one.
			const isTested = used.some((one) => one.name === name && one.testedBy !== undefined);
			expect([name, type.test !== undefined || isTested]).toEqual([name, true]);
		}
	});

	it('each credential that a node names is in the package', () => {
		for (const [, { description }] of nodes()) {
			for (const { name } of description.credentials ?? []) {
				expect(loader.known.credentials).toHaveProperty(name);
			}
		}
	});

	it('each file that a credential or node was loaded from is in dist/', () => {
		for (const { sourcePath } of Object.values({
			...loader.known.nodes,
			...loader.known.credentials,
		})) {
			expect(existsSync(join(PACKAGE_ROOT, sourcePath))).toBe(true);
			expect(dirname(sourcePath)).toMatch(/^dist\//);
		}
	});
});

const METHOD = /"(loadOptionsMethod|searchListMethod)":"(\w+)"/g;
