/**
 * Restores in a process of its own, which a test can end at any moment. Reads the input of
 * restoreSnapshot and a folder with the repository, as JSON, from its standard input; writes one line
 * per phase, then the result or the error.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const require = createRequire(import.meta.url);
const { openRepository } = require('../../../dist/core/repository/repository.js');
const { restoreSnapshot } = require('../../../dist/core/redis/restore/restore-snapshot.js');

const { directory, input } = JSON.parse(await text(process.stdin));
const repository = openRepository({ directory: { path: directory }, encryption: { kind: 'none' } });
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
let last;
try {
	const onProgress = (phase, done) => {
		if (phase === last && done === 0) return;
		last = phase;
		say({ phase, done });
	};
	const result = await restoreSnapshot({ ...input, repository }, { onProgress });
	say({ result, peakRssBytes: await peakRssBytes() });
} catch (error) {
	say({ error: error.message, hint: error.hint });
}

/** The kernel's `ru_maxrss` of a process that was started begins with what its parent held; this does not. */
async function peakRssBytes() {
	const status = await readFile('/proc/self/status', 'utf8');
	return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
}
