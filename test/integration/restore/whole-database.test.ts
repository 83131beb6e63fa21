import type { EngineChoice } from '../../../core/postgres/engines/select';
import { createDump } from '../../../core/postgres/create-dump';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import { verifyDump } from '../../../core/postgres/verify-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import type { PostgresMajor } from '../../support/postgres-binaries';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { createClusterObjects, createWholeDatabase } from '../../support/whole-database';
import { contentOf, objectsOf, schemaOf } from '../../support/whole-database-content';

const SOURCE = 'whole';
const NATIVE = '/usr/lib/postgresql/15/bin';

interface Source {
	major: PostgresMajor;
	backup: BackupRef;
	schema: string;
	content: Record<string, unknown>;
	objects: string[];
}

let scratch: ScratchRepository;
/** Of the servers that were looked at before: theirs can be restored to all that are newer. */
const older: Source[] = [];

beforeAll(async () => {
	scratch = await scratchRepository();
});
afterAll(async () => await scratch?.remove());

describe.each([13, 14, 15, 16, 17, 18] as const)('everything that Postgres %i knows', (major) => {
	let postgres: RunningPostgres;
	let source: Source;

	beforeAll(async () => {
		// Publications of rows that nobody could replicate would warn.
		postgres = await startPostgres({ major, settings: { wal_level: 'logical' } });
		await createClusterObjects(postgres);
		await createWholeDatabase(postgres, SOURCE);
		const schema = await schemaOf(postgres.server(SOURCE));
		source = { major, backup: await backUp('embedded'), schema, ...(await look(SOURCE)) };
	});
	afterAll(async () => {
		older.push(source);
		await postgres?.stop();
	});

	const look = (database: string) =>
		withAdmin(postgres, database, async (client) => ({
			content: await contentOf(client),
			objects: await objectsOf(client),
		}));

	async function backUp(engine: EngineChoice): Promise<BackupRef> {
		const { id, name, component } = await createDump(
			dumpInput(postgres, SOURCE, scratch.repository, {
				...{ name: `whole-${major}-${engine}`, engine, checksums: 'always' },
				...(engine === 'native' && { binariesDirectory: NATIVE }),
			}),
		);
		return { component, name, id };
	}

	async function restore(backup: BackupRef, database: string, more: Partial<RestoreDumpInput>) {
		return await restoreDump({
			...{ server: postgres.server(), repository: scratch.repository, backup, database },
			...{
				mode: 'new-database',
				engine: 'own',
				owners: 'always',
				privileges: 'always',
				unsupported: 'refuse',
				...more,
			},
		});
	}

	async function expectEqual(database: string): Promise<void> {
		const { schema, content, objects } = source;
		expect(await schemaOf(postgres.server(database))).toBe(schema);
		expect(await look(database)).toEqual({ content, objects });
	}

	it('comes back from a dump of the embedded engine', async () => {
		const verified = await verifyDump({ ...scratch, backup: source.backup, level: 'readable' });
		expect(verified).toMatchObject({ passed: true, problems: [] });
		const result = await restore(source.backup, 'copy', {});
		expect(result).toMatchObject({ countsCompared: true, checksumsCompared: true });
		expect(result.warnings).toEqual([expect.stringContaining('Subscription elsewhere')]);
		await expectEqual('copy');
	});

	if (major <= 15) {
		it('comes back from a native dump, by either engine', async () => {
			const backup = await backUp('native');
			for (const engine of ['own', 'native'] as const) {
				const database = `swapped by ${engine}`;
				await createDatabase(postgres, database, 'CREATE TABLE before ()');
				const binaries = { engine, binariesDirectory: NATIVE };
				const result = await restore(backup, database, { mode: 'swap', ...binaries });
				expect(result).toMatchObject({ engine: { name: engine }, checksumsCompared: true });
				await expectEqual(database);
			}
		});
	}

	if (major === 13 || major === 18) {
		it('comes back without owners and privileges', async () => {
			const { warnings } = await restore(source.backup, 'bare', {
				owners: 'never',
				privileges: 'never',
			});
			expect(warnings.join()).toContain('objects of app owner');
			const options = ['--no-owner', '--no-privileges'];
			expect(await schemaOf(postgres.server('bare'), options)).toBe(
				await schemaOf(postgres.server(SOURCE), options),
			);
			const owners = await withAdmin(postgres, 'bare', (client) =>
				client.query("SELECT DISTINCT tableowner FROM pg_tables WHERE tablename = 'secret'"),
			);
			expect(owners.rows).toEqual([{ tableowner: 'postgres' }]);
		});
	}

	it('takes what is restored from every older version', async () => {
		for (const { major: from, backup, content, objects } of older) {
			const database = `from ${from}`;
			const result = await restore(backup, database, {});
			expect(result).toMatchObject({ countsCompared: true, checksumsCompared: true });
			expect({ from, ...(await look(database)) }).toEqual({ from, content, objects });
		}
	});
});
