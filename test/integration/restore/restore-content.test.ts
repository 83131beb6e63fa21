import { embeddedEngine } from '../../../core/postgres/engines/embedded';
import { restoreDump } from '../../../core/postgres/restore-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import { NATIVE_15, RestoreBench } from './restore-bench';

let bench: RestoreBench;
let native: BackupRef;
let embedded: BackupRef;

beforeAll(async () => {
	bench = await RestoreBench.start();
	await bench.createRich('rich');
	native = await bench.backUp('rich', { at: new Date('2026-01-01T00:00:00Z') });
	embedded = await bench.backUp('rich', {
		at: new Date('2026-01-02T00:00:00Z'),
		engine: embeddedEngine(),
	});
});
afterAll(() => bench.stop());

describe('A database with one of everything', () => {
	it.each([
		['a native dump', 'own', () => native],
		['a native dump', 'native', () => native],
		['an embedded dump', 'own', () => embedded],
	] as const)('comes back equal from %s with engine %s', async (_name, engine, backup) => {
		const database = `copy of ${backup().id} by ${engine}`;
		const result = await restoreDump({
			...{ server: bench.server(), repository: bench.repository, backup: backup() },
			...{ mode: 'new-database', database, engine, binariesDirectory: NATIVE_15 },
			...{ owners: 'always', privileges: 'always', unsupported: 'refuse' },
		});
		expect(result).toMatchObject({
			database,
			engine: { name: engine },
			countsCompared: true,
			checksumsCompared: true,
			tables: 13,
			rows: 8415,
		});
		expect(await bench.schema(database)).toBe(await bench.schema('rich'));
		expect(await bench.fingerprint(database)).toEqual(await bench.fingerprint('rich'));
		expect(await bench.largeObjects(database)).toEqual(await bench.largeObjects('rich'));
		expect(await bench.sql(database, 'SELECT * FROM shop.busiest')).toEqual([{ n: '3334' }]);
		expect(
			await bench.sql(
				database,
				'SELECT 1 FROM pg_subscription JOIN pg_database d ON d.oid = subdbid AND datname = current_database()',
			),
		).toEqual([]);
		expect(
			await bench.sql(database, 'SELECT 1 FROM pg_stats WHERE schemaname = $$shop$$'),
		).not.toEqual([]);
	});

	it('comes back into the database that it is in, and twice', async () => {
		await bench.createRich('in place');
		for (const engine of ['own', 'native'] as const) {
			await bench.sql(
				'in place',
				`SET session_replication_role = replica; DELETE FROM shop."order" WHERE id > 10;
				ALTER TABLE shop.customer DROP COLUMN home; DROP TABLE shop.dog;
				SELECT lo_unlink(oid) FROM pg_largeobject_metadata`,
			);
			const result = await restoreDump({
				...{ server: bench.server(), repository: bench.repository, backup: native },
				...{ mode: 'existing-database', database: 'in place', engine },
				...{
					binariesDirectory: NATIVE_15,
					owners: 'always',
					privileges: 'always',
					unsupported: 'refuse',
				},
			});
			expect(result.engine.name).toBe(engine);
			expect(result).not.toHaveProperty('keptDatabase');
			expect(await bench.schema('in place')).toBe(await bench.schema('rich'));
			expect(await bench.fingerprint('in place')).toEqual(await bench.fingerprint('rich'));
			expect(await bench.largeObjects('in place')).toEqual(await bench.largeObjects('rich'));
		}
	});

	it('belongs to the account of the restore unless owners are asked for', async () => {
		const result = await restoreDump({
			...{ server: bench.server(), repository: bench.repository, backup: native },
			...{ mode: 'new-database', database: 'without owners', engine: 'own' },
			...{ owners: 'never', privileges: 'never', unsupported: 'refuse' },
		});
		expect(result.warnings).toEqual([
			expect.stringContaining('Subscription elsewhere was left out'),
			expect.stringContaining('objects of app owner'),
			expect.stringContaining('Grants were not restored'),
		]);
		const owners = await bench.sql(
			'without owners',
			"SELECT DISTINCT tableowner, has_table_privilege('app_reader', 'public.secret', 'SELECT') FROM pg_tables WHERE schemaname = 'public'",
		);
		expect(owners).toEqual([{ tableowner: 'postgres', has_table_privilege: false }]);
	});
});
