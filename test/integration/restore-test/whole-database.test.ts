import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDump } from '../../../core/postgres/create-dump';
import { verifyDump } from '../../../core/postgres/verify-dump';
import { openRepository } from '../../../core/repository/repository';
import { startPostgres } from '../../support/postgres-server';
import { createClusterObjects, createWholeDatabase } from '../../support/whole-database';

let home: string;

beforeAll(async () => {
	home = await mkdtemp(join(tmpdir(), 'dr-whole-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

it.each([14, 18] as const)(
	'restores one of everything that Postgres %s has in process, and finds each object',
	async (major) => {
		const postgres = await startPostgres({ major });
		try {
			await createClusterObjects(postgres);
			await createWholeDatabase(postgres, 'whole');
			const repository = openRepository({
				...{ directory: { path: join(home, 'repository') }, encryption: { kind: 'none' } },
			});
			const { id, name } = await createDump({
				...{ server: postgres.server('whole'), repository, name: `whole-${major}` },
				selection: {
					...{ includeSchemas: [], excludeSchemas: [], includeTables: [], excludeTables: [] },
					...{ excludeTableData: [], blobs: true },
				},
				compression: { algorithm: 'zstd', level: 1 },
				...{ checksums: 'always', engine: 'embedded', lockTimeoutSeconds: 30 },
			});
			const result = await verifyDump({
				...{ repository, backup: { component: 'postgres', name, id }, level: 'restored' },
				restoreTest: { cacheDirectory: join(home, 'cache') },
			});
			expect(result).toMatchObject({ outcome: 'passed with exclusions', problems: [] });
			expect(result.restoreTest?.objects).toBeGreaterThan(250);
			expect(result.restoreTest?.exclusions.map(({ object }) => object)).toEqual([
				'SUBSCRIPTION elsewhere',
				'FUNCTION routines.call_handler()',
				'FUNCTION routines.inline_handler(internal)',
				'FUNCTION routines.validator(oid)',
				'EXTENSION postgres_fdw',
			]);
		} finally {
			await postgres.stop();
		}
	},
	90_000,
);
