// Prunes a directory to one backup, and stops dead right after a given number of removals.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { openRepository } = require('../../../dist/core/repository/repository.js');
const { pruneBackups } = require('../../../dist/core/repository/prune.js');

const [path, removals] = process.argv.slice(2);
const repository = openRepository({ directory: { path }, encryption: { kind: 'none' } });
const [store] = repository.stores;
const remove = store.remove.bind(store);
let left = Number(removals);
store.remove = async (...args) => {
	const result = await remove(...args);
	left -= 1;
	if (left > 0) return result;
	process.stdout.write('reached\n');
	setInterval(() => {}, 60_000);
	return await new Promise(() => {});
};
await pruneBackups(repository, {
	...{ filter: {}, rules: { keepLast: 1 }, timeZone: 'UTC', dryRun: false },
});
