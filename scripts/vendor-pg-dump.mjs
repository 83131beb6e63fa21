/**
 * Makes the `pg_dump` that ships in the package out of the development dependency
 * `@electric-sql/pglite-tools`. That package keeps the function which instantiates its wasm to
 * itself, in a bundle that also holds a wrapper for PGlite; here the bundle gets an export of that
 * function. Nothing of it is a public interface: hence the exact version and the two checksums.
 *
 * Usage: node scripts/vendor-pg-dump.mjs [target directory]
 */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ORIGIN = { package: '@electric-sql/pglite-tools', version: '0.4.8' };
const SHA256 = {
	glue: 'b043b34525f2c1f893801e7b8f76921b34bafbf818fd7cc6c99fa21e9a015e5b',
	wasm: 'cdbc551ec339cc9867003203bc8f03911858be2be92b3e88376922b09ccdf58c',
};

/** The end of the bundle: `te` is PGlite's wrapper, `I` the function that instantiates the wasm. */
const ORIGINAL_EXPORT = /export\{te as a\};\n\/\/# sourceMappingURL=\S+\s*$/;
const OUR_EXPORT = 'export{I as default};\n';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'node_modules', ...ORIGIN.package.split('/'));
const engine = join('core', 'postgres', 'engines', 'embedded');

/** Writes glue, wasm, `build.json`, licences and NOTICE into an otherwise empty `target`. */
export async function vendorPgDump(target = join(root, 'dist', engine, 'vendor')) {
	const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
	if (version !== ORIGIN.version) fail(`version ${version} instead of ${ORIGIN.version}`);
	const glue = await readGlue();
	const wasm = await readFile(join(source, 'dist', 'pg_dump.wasm'));
	check('the wasm', wasm, SHA256.wasm);

	await rm(target, { recursive: true, force: true });
	await mkdir(target, { recursive: true });
	await writeFile(join(target, 'pg_dump.mjs'), withOurExport(glue.toString('utf8')));
	await writeFile(join(target, 'pg_dump.wasm'), wasm);
	await copyFile(join(source, 'LICENSE'), join(target, 'LICENSE-pglite-tools.txt'));
	await copyFile(
		join(root, engine, 'licenses', 'PostgreSQL.txt'),
		join(target, 'LICENSE-PostgreSQL.txt'),
	);
	const postgres = await askVersion(target);
	await writeFile(join(target, 'build.json'), `${JSON.stringify({ postgres, ...ORIGIN })}\n`);
	await writeFile(join(target, 'NOTICE'), notice(postgres));
}

async function readGlue() {
	const found = [];
	for (const name of await readdir(join(source, 'dist'))) {
		if (!/^chunk-\w+\.js$/.test(name)) continue;
		const content = await readFile(join(source, 'dist', name));
		if (content.includes('_pgl_set_rw_cbs')) found.push(content);
	}
	if (found.length !== 1) fail(`${found.length} files that could be the glue instead of one`);
	check('the glue', found[0], SHA256.glue);
	return found[0];
}

function withOurExport(code) {
	if (!ORIGINAL_EXPORT.test(code)) fail('another export than the known one');
	return code.replace(ORIGINAL_EXPORT, OUR_EXPORT);
}

/** Runs what was just written: a build whose `pg_dump` does not start must not end well. */
async function askVersion(target) {
	const { default: instantiate } = await import(pathToFileURL(join(target, 'pg_dump.mjs')));
	let printed = '';
	const program = await instantiate({
		thisProgram: 'pg_dump',
		print: (line) => (printed += line),
		printErr: () => undefined,
	});
	program.callMain(['--version']);
	const [, version] = /^pg_dump \(PostgreSQL\) (\d+\.\d+)$/.exec(printed) ?? [];
	return version ?? fail(`a pg_dump that calls itself "${printed}"`);
}

function check(what, content, expected) {
	const actual = createHash('sha256').update(content).digest('hex');
	if (actual !== expected) fail(`${what} with SHA-256 ${actual} instead of ${expected}`);
}

function fail(found) {
	throw new Error(
		`${ORIGIN.package} has ${found}. Its insides have changed: try the embedded pg_dump against ` +
			'all test servers, then enter the new version and checksums in scripts/vendor-pg-dump.mjs.',
	);
}

function notice(postgres) {
	return [
		`pg_dump.mjs and pg_dump.wasm are pg_dump of PostgreSQL ${postgres}, compiled to WebAssembly`,
		`by the authors of PGlite (Electric DB Limited), taken from the npm package`,
		`${ORIGIN.package} ${ORIGIN.version} (https://github.com/electric-sql/pglite).`,
		'',
		'pg_dump.wasm: unchanged. PostgreSQL licence: LICENSE-PostgreSQL.txt.',
		"pg_dump.mjs: the package's bundle; changed in its last line only, which now exports the",
		'function that instantiates the WebAssembly module, and no longer names a source map.',
		'Apache License 2.0: LICENSE-pglite-tools.txt.',
		'',
		'Both contain parts of the Emscripten runtime and of musl libc (MIT licence) and of zlib',
		'(zlib licence).',
		'',
	].join('\n');
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
	await vendorPgDump(process.argv[2] && resolve(process.argv[2]));
}
