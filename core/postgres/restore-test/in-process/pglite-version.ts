import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** Major version of Postgres that PGlite is. */
export const PGLITE_MAJOR = 18;

/** Version of the installed PGlite, e.g. `0.5.16`. */
export const PGLITE_VERSION = z
	.object({ version: z.string() })
	// The package exports neither its version nor its package.json.
	.parse(JSON.parse(readFileSync(join(packageDirectory(), 'package.json'), 'utf8'))).version;

function packageDirectory(): string {
	return dirname(dirname(require.resolve('@electric-sql/pglite')));
}
