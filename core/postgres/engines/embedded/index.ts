import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DumpEngine } from '../engine';
import { startEmbeddedDump } from './embedded-dump';

/**
 * The pg_dump that comes with this package, compiled to WebAssembly: needs nothing installed. It
 * speaks TCP and TLS through Node, and runs in a worker thread of its own for each dump.
 */
export function embeddedEngine(): DumpEngine {
	const version = builtVersion();
	return {
		name: 'embedded',
		version,
		major: Number.parseInt(version, 10),
		dump: startEmbeddedDump,
	};
}

/** Written by the build, which asks the program itself. */
function builtVersion(): string {
	const build = readFileSync(join(__dirname, 'vendor', 'build.json'), 'utf8');
	return (JSON.parse(build) as { postgres: string }).postgres;
}
