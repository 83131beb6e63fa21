/**
 * Puts into dist/ what the compiler does not. Every glob has to match something: a package without
 * its icons or workflows would build, install and disappoint.
 */
const { pipeline } = require('node:stream/promises');
const { dest, parallel, src } = require('gulp');

const task = (displayName, run) => Object.assign(run, { displayName });

/** Copies to the same place below dist/. */
const copy = (name, glob) =>
	task(name, async () => {
		let count = 0;
		const files = src(glob, { base: '.', encoding: false }).on('data', () => count++);
		await pipeline(files, dest('dist'));
		if (count === 0) throw new Error(`Nothing matches ${glob}.`);
	});

// The scripts are loaded inside the tasks: `require` cannot load ES modules everywhere.
exports.default = parallel(
	task('embedded pg_dump', async () => {
		const { vendorPgDump } = await import('./scripts/vendor-pg-dump.mjs');
		await vendorPgDump();
	}),
	task('schema of the manifest', () => import('./scripts/write-manifest-schema.mjs')),
	copy('icons of credentials', 'credentials/**/*.svg'),
	copy('icons of nodes', 'nodes/**/*.svg'),
	copy('codex', 'nodes/**/*.node.json'),
	copy('workflows', 'workflows/*.json'),
);
