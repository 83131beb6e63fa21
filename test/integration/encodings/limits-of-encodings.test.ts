import { createDump, type CreateDumpInput } from '../../../core/postgres/create-dump';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import { verifyDump } from '../../../core/postgres/verify-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { createEncoded, type Sample, SAMPLES } from './encoded-database';

const NATIVE = '/usr/lib/postgresql/15/bin';
const [LATIN1, WIN1252, EUC_JP, ANY_UTF8, ANY_BYTES] = SAMPLES as [
	...[Sample, Sample, Sample, Sample, Sample],
];
const C = (encoding: string) =>
	`TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`;

let postgres: RunningPostgres;
let scratch: ScratchRepository;

beforeAll(async () => {
	postgres = await startPostgres({ major: 15 });
	scratch = await scratchRepository();
});
afterAll(async () => {
	await postgres?.stop();
	await scratch?.remove();
});

async function backUp(
	database: string,
	selection: Partial<CreateDumpInput['selection']> = {},
): Promise<BackupRef> {
	const name = `limits-${(backups += 1)}`;
	const engine = { engine: 'embedded' as const, checksums: 'always' as const };
	const { id, component } = await createDump(
		dumpInput(postgres, database, scratch.repository, { name, ...engine, selection }),
	);
	return { component, name, id };
}
let backups = 0;

async function backUpSample(sample: Sample): Promise<BackupRef> {
	const database = `source ${backups}`;
	await createEncoded(postgres, database, sample);
	return await backUp(database);
}

const restore = (backup: BackupRef, database: string, how: Partial<RestoreDumpInput> = {}) =>
	restoreDump({
		...{ server: postgres.server(), repository: scratch.repository, backup, database },
		...{ mode: 'new-database', engine: 'own', owners: 'auto', privileges: 'auto' },
		...{ unsupported: 'refuse', ...how },
	});

const test = (backup: BackupRef) => verifyDump({ ...scratch, backup, level: 'restored' });

describe('the restore test in process', () => {
	it.each([
		['LATIN1', LATIN1],
		['EUC_JP', EUC_JP],
	])('counts in %s what it cannot compare, and says so', async (_encoding, sample) => {
		const { table } = sample.words;
		expect(await test(await backUpSample(sample))).toMatchObject({
			...{ passed: true, outcome: 'passed with exclusions', problems: [], rows: 54 },
			restoreTest: {
				...{ countsCompared: true, checksumsCompared: false, largeObjects: 2 },
				exclusions: [
					{
						object: 'Content of 2 tables',
						reason: expect.stringContaining(`not compared: public.${table}, s ${table}.child.`),
					},
				],
			},
		});
	});

	it('compares everything where bytes of any meaning are UTF-8', async () => {
		expect(await test(await backUpSample(ANY_UTF8))).toMatchObject({
			...{ outcome: 'passed', problems: [] },
			restoreTest: { checksumsCompared: true, exclusions: [] },
		});
	});

	it('refuses bytes that are not UTF-8, and says what to do', async () => {
		await expect(test(await backUpSample(ANY_BYTES))).rejects.toMatchObject({
			name: 'ConfigurationError',
			message: expect.stringContaining('encoding SQL_ASCII, with bytes that are not UTF-8'),
			hint: expect.stringContaining('Set a scratch server'),
		});
	});
});

describe('a restore into an existing database', () => {
	it('of another encoding counts what it cannot compare, and says so', async () => {
		await createEncoded(postgres, 'changed', LATIN1);
		const backup = await backUp('changed');
		await restore(backup, 'changed copy');
		await createDatabase(postgres, 'in utf8', '', C('UTF8'));
		const { warnings, checksumsCompared } = await restore(backup, 'in utf8', {
			mode: 'existing-database',
		});
		expect(checksumsCompared).toBe(false);
		expect(warnings).toContainEqual(expect.stringContaining('another encoding'));
		await withAdmin(postgres, 'in utf8', async (admin) => {
			const { rows } = await admin.query(`SELECT "naïve" FROM "Café Größe" WHERE id = 1`);
			expect(rows).toEqual([{ naïve: LATIN1.words.value }]);
		});
	});

	it('of an encoding that lacks a letter changes nothing, and says what to do', async () => {
		const backup = await backUpSample(WIN1252);
		await createDatabase(postgres, 'latin', 'CREATE TABLE kept ()', C('LATIN1'));
		await expect(restore(backup, 'latin', { mode: 'existing-database' })).rejects.toMatchObject({
			message: expect.stringMatching(/has no equivalent in encoding "LATIN1".*is as it was/),
			hint: expect.stringContaining('Restore into a new database'),
		});
		await withAdmin(postgres, 'latin', (admin) => admin.query('SELECT FROM kept'));
	});

	it('puts no bytes into a text that are not text', async () => {
		const backup = await backUpSample(ANY_BYTES);
		await createDatabase(postgres, 'unicode', '', C('UTF8'));
		await expect(restore(backup, 'unicode', { mode: 'existing-database' })).rejects.toMatchObject({
			message: expect.stringMatching(/invalid byte sequence for encoding "UTF8".*is as it was/),
			hint: expect.stringContaining('Restore into a new database'),
		});
	});

	it('takes no bytes of any meaning for letters', async () => {
		const backup = await backUpSample(ANY_UTF8);
		await createDatabase(postgres, 'latin too', '', C('LATIN1'));
		await expect(restore(backup, 'latin too', { mode: 'existing-database' })).rejects.toMatchObject(
			{
				message: expect.stringContaining('SQL_ASCII'),
				hint: expect.stringContaining('Restore into a new database'),
			},
		);
	});
});

it('chooses tables and schemas by names beyond ASCII', async () => {
	await createEncoded(postgres, 'chosen', EUC_JP);
	const { table } = EUC_JP.words;
	const backup = await backUp('chosen', { includeTables: [`public."${table}"`] });
	const one = await verifyDump({ ...scratch, backup, level: 'readable' });
	expect(one).toMatchObject({ passed: true, tables: 1, rows: 2 });
	const schema = await backUp('chosen', { includeSchemas: [`s ${table}`], blobs: false });
	expect(await verifyDump({ ...scratch, backup: schema, level: 'readable' })).toMatchObject({
		...{ passed: true, tables: 1, rows: 2 },
	});
	const without = await backUp('chosen', { excludeTables: [`"s ${table}".child`] });
	await restore(without, 'chosen copy');
	await withAdmin(postgres, 'chosen copy', async (admin) => {
		const { rows } = await admin.query(`SELECT count(*)::int AS n FROM "${table}"`);
		expect(rows).toEqual([{ n: 2 }]);
	});
});

describe('definitions that are no UTF-8', () => {
	let backup: BackupRef;

	beforeAll(async () => {
		await createDatabase(
			postgres,
			'bytes',
			String.raw`DO $$ BEGIN EXECUTE E'CREATE TABLE t (a text DEFAULT ''caf\xe9'')'; END $$;
			INSERT INTO t VALUES ('one'), (DEFAULT)`,
			C('SQL_ASCII'),
		);
		backup = await backUp('bytes');
	});

	it('come back by pg_restore alone', async () => {
		const native = await createDump(
			dumpInput(postgres, 'bytes', scratch.repository, {
				...{ name: 'bytes-native', engine: 'native', binariesDirectory: NATIVE },
			}),
		);
		await restore(native, 'bytes copy', { engine: 'auto', binariesDirectory: NATIVE });
		await withAdmin(postgres, 'bytes copy', async (admin) => {
			const { rows } = await admin.query(`SELECT encode(a::bytea, 'hex') AS a FROM t`);
			expect(rows).toEqual([{ a: '6f6e65' }, { a: '636166e9' }]);
		});
		await expect(restore(native, 'bytes own')).rejects.toMatchObject({
			hint: expect.stringContaining('pg_restore'),
		});
	});

	it('are refused by the restore test in process', async () => {
		await expect(test(backup)).rejects.toMatchObject({
			message: expect.stringContaining('names or definitions in it have the encoding SQL_ASCII'),
			hint: expect.stringContaining('Set a scratch server'),
		});
	});
});

it('a table whose name is no UTF-8 is refused, and it is said why', async () => {
	await createDatabase(
		postgres,
		'names',
		String.raw`DO $$ BEGIN EXECUTE E'CREATE TABLE "caf\xe9" ()'; END $$`,
		C('SQL_ASCII'),
	);
	await expect(backUp('names')).rejects.toMatchObject({
		name: 'BackupError',
		message: expect.stringContaining('not UTF-8'),
		hint: expect.stringContaining('ALTER'),
	});
});
