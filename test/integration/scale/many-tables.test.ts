import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { createDump } from '../../../core/postgres/create-dump';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import { verifyDump } from '../../../core/postgres/verify-dump';
import type { Manifest } from '../../../core/repository/manifest';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';

const NATIVE_15 = '/usr/lib/postgresql/15/bin';
/** Each has seven objects, of which the lock table of the cramped server can hold about 1,500. */
const TABLES = 500;

const tables = (count: number, id: string) =>
	`DO $$ BEGIN FOR i IN 1..${count} LOOP
	EXECUTE format('CREATE TABLE t%s (id ${id} PRIMARY KEY, parent bigint, name text)', i);
	EXECUTE format('CREATE INDEX t%s_name ON t%s (name)', i, i);
	EXECUTE format('COMMENT ON TABLE t%s IS %L', i, 'number ' || i);
	EXECUTE format('INSERT INTO t%s SELECT n, n, ''row '' || n FROM generate_series(1, %s) n', i, i %% 5);
	EXECUTE format('ALTER TABLE t%s ADD FOREIGN KEY (parent) REFERENCES t%s (id)', i, i);
	IF i % 50 = 0 THEN COMMIT; END IF;
END LOOP; END $$`.replaceAll('%%', '%');

let scratch: ScratchRepository;
let roomy: RunningPostgres;
let cramped: RunningPostgres;

beforeAll(async () => {
	const settings = { max_locks_per_transaction: '10', max_connections: '20' };
	[scratch, roomy, cramped] = await Promise.all([
		scratchRepository(),
		startPostgres({ major: 15 }),
		startPostgres({ major: 15, settings }),
	]);
});
afterAll(async () => {
	await Promise.all([roomy?.stop(), cramped?.stop(), scratch?.remove()]);
});

describe('a database of more tables than one transaction can lock', () => {
	let backup: Manifest;

	const restore = (changes: Pick<RestoreDumpInput, 'mode' | 'database' | 'engine'>) =>
		restoreDump({
			...{ server: cramped.server(), repository: scratch.repository, backup },
			...{ owners: 'auto', privileges: 'auto', unsupported: 'refuse' },
			...{ binariesDirectory: NATIVE_15, ...changes },
		});

	beforeAll(async () => {
		await createDatabase(roomy, 'many', tables(TABLES, 'bigserial'));
		const input = dumpInput(roomy, 'many', scratch.repository, { engine: 'native' });
		backup = await createDump({ ...input, binariesDirectory: NATIVE_15 });
		expect(backup.fingerprint).toMatchObject({ countedIn: 'snapshot', checksums: true });
	});

	it.each(['own', 'native'] as const)('is restored beside (%s)', async (engine) => {
		const result = await restore({ mode: 'new-database', database: `copy_${engine}`, engine });
		expect(result).toMatchObject({ tables: TABLES, rows: 1_000, checksumsCompared: true });
		expect(result.engine.name).toBe(engine);
		await withAdmin(cramped, `copy_${engine}`, async (admin) => {
			const { rows } = await admin.query(
				`SELECT count(*) FILTER (WHERE contype = 'f')::int AS keys,
					count(*) FILTER (WHERE contype = 'p')::int AS primaries FROM pg_constraint
					WHERE connamespace = 'public'::regnamespace`,
			);
			expect(rows).toEqual([{ keys: TABLES, primaries: TABLES }]);
		});
	});

	it.each(['own', 'native'] as const)(
		'is not restored into an existing database, which says what to do (%s)',
		async (engine) => {
			const target = `target_${engine}`;
			await createDatabase(cramped, target, 'CREATE TABLE here AS SELECT 1 AS id');
			await expect(
				restore({ mode: 'existing-database', database: target, engine }),
			).rejects.toMatchObject({
				message: expect.stringMatching(
					/takes about [\d,]+ locks, and the server has room for \d+\. Database target_\w+ is as it was\.$/,
				),
				hint: expect.stringMatching(/by swap.*max_locks_per_transaction, which is 10, to 128 /),
			});
			await withAdmin(cramped, target, async (admin) => {
				const { rows } = await admin.query(`SELECT relname FROM pg_class
					WHERE relnamespace = 'public'::regnamespace`);
				expect(rows).toEqual([{ relname: 'here' }]);
			});
		},
	);
});

describe('a dump for whose locks there is no room', () => {
	/** Takes all the room that there is, until the server has refused somebody else. */
	async function fillLockTable(): Promise<{ released: Promise<void> }> {
		const admin = await cramped.admin('crowd');
		await admin.query('BEGIN');
		for (let from = 1; from <= TABLES * 2; from += 20) {
			const batch = Array.from({ length: 20 }, (_, index) => `t${from + index}`);
			await admin.query('SAVEPOINT before');
			const full = await admin.query(`LOCK TABLE ${batch.join(', ')}`).then(
				() => false,
				() => true,
			);
			if (!full) continue;
			await admin.query('ROLLBACK TO SAVEPOINT before');
			break;
		}
		const refusals = async () =>
			(await readFile(cramped.logFile, 'utf8')).split('out of shared memory').length;
		const before = await refusals();
		const release = async () => {
			for (const limit = Date.now() + 20_000; Date.now() < limit; await sleep(5)) {
				if ((await refusals()) > before) break;
			}
			await admin.end();
		};
		return { released: release() };
	}

	it('is counted in the archive alone, says so, and restores', async () => {
		await createDatabase(cramped, 'few', tables(120, 'bigint'));
		const crowd = Array.from({ length: TABLES * 2 }, (_, index) => `CREATE TABLE t${index + 1} ()`);
		await createDatabase(cramped, 'crowd', '');
		await withAdmin(cramped, 'crowd', async (admin) => {
			for (let at = 0; at < crowd.length; at += 50) {
				await admin.query(crowd.slice(at, at + 50).join('; '));
			}
		});
		const { released } = await fillLockTable();
		const input = dumpInput(cramped, 'few', scratch.repository);
		const backup = await createDump(input);
		await released;

		expect(backup.fingerprint).toMatchObject({ countedIn: 'archive', checksums: false });
		expect(backup.warnings).toEqual([
			expect.stringMatching(/lock table of the server is too small.*counted in the dump alone/),
		]);
		const { repository } = scratch;
		const readable = await verifyDump({ repository, backup, level: 'readable' });
		expect(readable).toMatchObject({ passed: true, tables: 120, rows: 240 });
		const result = await restoreDump({
			...{ server: cramped.server(), repository, backup, mode: 'swap', database: 'few' },
			...{ engine: 'own', owners: 'auto', privileges: 'auto', unsupported: 'refuse' },
		});
		expect(result).toMatchObject({ countsCompared: true, checksumsCompared: false, rows: 240 });
	});
});
