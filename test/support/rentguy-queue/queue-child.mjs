/**
 * Exports or imports in a process of its own, which a test can end at any moment. Reads what to do, as
 * JSON, from its standard input; writes one line per progress, then the result or the error.
 */
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const require = createRequire(import.meta.url);
const { openRepository } = require('../../../dist/core/repository/repository.js');
const { exportQueue } = require('../../../dist/core/rentguy/queue/export-queue.js');
const { importQueue } = require('../../../dist/core/rentguy/queue/import-queue.js');

const { work, directory, input } = JSON.parse(await text(process.stdin));
const repository = openRepository({ directory: { path: directory }, encryption: { kind: 'none' } });
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const run = work === 'export' ? exportQueue : importQueue;
try {
	say({ result: await run({ ...input, repository }, { onProgress: say }) });
} catch (error) {
	say({ error: error.message, hint: error.hint });
}
