/**
 * Uses the built core as the node in n8n does, in a process that can be killed.
 *
 * Says `ready` when everything is loaded, then takes jobs as lines of JSON on standard input (so that
 * no secret is in its arguments), and prints the outcome of each as a line of JSON.
 */
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const load = (name) => createRequire(import.meta.url)(`../../../dist/core/${name}.js`);
const { openRepository } = load('repository/repository');
const { createDump } = load('postgres/create-dump');
const { restoreDump } = load('postgres/restore-dump');
const { verifyDump } = load('postgres/verify-dump');
const { verifyBackup } = load('repository/verify-backup');
const { createSnapshot } = load('redis/create-snapshot');
const { restoreSnapshot } = load('redis/restore/restore-snapshot');
// Loaded with the first use otherwise, which would spread the moments of a crash over that time.
await import('age-encryption');

const ACTIONS = {
	...{ dump: createDump, restore: restoreDump, verify: verifyDump, verifyBackup },
	...{ snapshot: createSnapshot, 'restore snapshot': restoreSnapshot },
};

process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
	const { action, repository, input } = JSON.parse(line);
	const outcome = await ACTIONS[action]({ ...input, repository: openRepository(repository) }).then(
		(result) => ({ result }),
		({ name, message, hint }) => ({ error: { name, message, hint } }),
	);
	process.stdout.write(`${JSON.stringify(outcome)}\n`);
}
