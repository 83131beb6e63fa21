/**
 * Puts into dist/ what the compiler does not. Every glob has to match something: a package without
 * its icons or workflows would build, install and disappoint.
 */
const { pipeline } = require('node:stream/promises');
const { dest, parallel, src } = require('gulp');

/** Copies to the same place below dist/. */
const copy = (name, glob) =>
	Object.assign(
		async () => {
			let count = 0;
			const files = src(glob, { base: '.', encoding: false }).on('data', () => count++);
			await pipeline(files, dest('dist'));
			if (count === 0) throw new Error(`Nothing matches ${glob}.`);
		},
		{ displayName: name },
	);

/** Loaded only here: the script is an ES module, which `require` cannot always load. */
const embeddedPgDump = Object.assign(
	async () => {
		const { vendorPgDump } = await import('./scripts/vendor-pg-dump.mjs');
		await vendorPgDump();
	},
	{ displayName: 'embedded pg_dump' },
);

exports.default = parallel(
	embeddedPgDump,
	copy('icons of credentials', 'credentials/**/*.svg'),
	copy('icons of nodes', 'nodes/**/*.svg'),
	copy('codex', 'nodes/**/*.node.json'),
	copy('workflows', 'workflows/*.json'),
);
