/**
 * Does one operation with the built package, as n8n would, and prints what is known of it as JSON:
 * `durationMs` without the start of the process, and `bytes` that were stored. Reads the operation
 * (see `operation.ts`) from standard input: it holds passwords.
 */
import { createRequire } from 'node:module';
import { json } from 'node:stream/consumers';

const require = createRequire(import.meta.url);
const load = (name) => require(`../../dist/core/${name}.js`);

const EVERYTHING = {
	includeSchemas: [],
	excludeSchemas: [],
	includeTables: [],
	excludeTables: [],
	excludeTableData: [],
	blobs: true,
};

const operations = {
	async create({ server, repository, engine, checksums }) {
		const { createDump } = load('postgres/create-dump');
		const manifest = await createDump({
			...{ server, repository, engine, checksums, name: 'bench', selection: EVERYTHING },
			compression: { algorithm: 'zstd', level: 3 },
			lockTimeoutSeconds: 30,
		});
		const { component, name, id, payload } = manifest;
		return { bytes: payload.stored.bytes, backup: { component, name, id } };
	},

	async restore({ server, repository, backup, database, engine }) {
		const { restoreDump } = load('postgres/restore-dump');
		await restoreDump({
			...{ server, repository, backup, database, engine },
			...{ mode: 'new-database', owners: 'never', privileges: 'never', unsupported: 'refuse' },
		});
		return {};
	},

	async verify({ repository, backup, level }) {
		const { verifyDump } = load('postgres/verify-dump');
		const { passed, problems } = await verifyDump({ repository, backup, level });
		if (!passed) throw new Error(problems.join(' '));
		return {};
	},
};

const { kind, repository: settings, ...rest } = await json(process.stdin);
const { openRepository } = load('repository/repository');
const startedAt = performance.now();
const result = await operations[kind]({ ...rest, repository: openRepository(settings) });
const durationMs = performance.now() - startedAt;
process.stdout.write(JSON.stringify({ ...result, durationMs }));
