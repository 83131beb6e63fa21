import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, RestoreError } from '../../../core/errors';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import { openRepository } from '../../../core/repository/repository';
import { startCuttingProxy } from '../../support/cutting-proxy';
import { RestoreBench } from './restore-bench';

let bench: RestoreBench;
let backup: BackupRef;

beforeAll(async () => {
	bench = await RestoreBench.start();
	await bench.create(
		'source',
		`CREATE TABLE item (id int PRIMARY KEY); INSERT INTO item SELECT generate_series(1, 500);
		SELECT lo_from_bytea(700001, 'content')`,
	);
	backup = await bench.backUp('source');
});
afterAll(() => bench.stop());

beforeEach(async () => {
	await bench.create('shop', 'CREATE TABLE item (id int); INSERT INTO item VALUES (-1)');
});
afterEach(async () => {
	for (const name of await bench.databases()) {
		if (name.startsWith('shop'))
			await bench.sql('postgres', `DROP DATABASE "${name}" WITH (FORCE)`);
	}
});

const restore = (changes: Partial<RestoreDumpInput> = {}) =>
	restoreDump({
		...{ server: bench.server('shop'), repository: bench.repository, backup },
		...{
			mode: 'swap',
			database: 'shop',
			engine: 'own',
			owners: 'never',
			privileges: 'never',
			unsupported: 'refuse',
		},
		...changes,
	});
const items = (database: string) => bench.sql(database, 'SELECT count(*)::int, min(id) FROM item');

const RESTORED = [{ count: 500, min: 1 }];
const OLD = [{ count: 1, min: -1 }];

it('keeps a database that somebody has put into use by hand, although it is marked as a leftover', async () => {
	await bench.sql(
		'postgres',
		`COMMENT ON DATABASE shop IS
			'Being restored, may be dropped when no restore is running. For database: shop'`,
	);
	const { keptDatabase = '' } = await restore();
	expect(await items(keptDatabase)).toEqual(OLD);
	expect(await items('shop')).toEqual(RESTORED);
	const { keptDatabase: second = '' } = await restore();
	expect(await items(keptDatabase)).toEqual(OLD);
	expect(await items(second)).toEqual(RESTORED);
});

it('restores in place beside large objects that are not in the backup', async () => {
	await bench.sql('shop', `SELECT lo_from_bytea(700002, 'since the backup')`);
	await restore({ mode: 'existing-database' });
	expect(await items('shop')).toEqual(RESTORED);
	expect(await bench.largeObjects('shop')).toHaveLength(2);
});

it('takes the copy of another store where one is damaged, and says so', async () => {
	const directory = await mkdtemp(join(tmpdir(), 'dr-damaged-'));
	await cp(bench.directory, directory, { recursive: true });
	const folder = join(directory, 'postgres', backup.name, backup.id);
	const payload = (await readdir(folder)).find((file) => file.includes('.dump')) ?? '';
	const bytes = await readFile(join(folder, payload));
	bytes[bytes.length - 3]! ^= 1;
	await writeFile(join(folder, payload), bytes);
	const { stores } = openRepository({
		directory: { path: directory },
		encryption: { kind: 'none' },
	});

	for (const mode of ['swap', 'existing-database'] as const) {
		const { warnings } = await restore({
			...{ mode, database: 'shop' },
			repository: { ...bench.repository, stores: [...stores, ...bench.repository.stores] },
		});
		expect(warnings[0]).toMatch(/The copy in directory .* could not be used: .*checksum/);
		expect(await items('shop')).toEqual(RESTORED);
	}
	await rm(directory, { recursive: true });
	expect((await bench.databases()).filter((name) => name.includes('_restore_'))).toEqual([]);
});

it('does not guess when a wrong guess would lose the content of a database', async () => {
	const error: unknown = await restore({
		...{ mode: 'existing-database', sourceDatabase: 'shop' },
	}).catch((failure: unknown) => failure);
	expect(error).toBeInstanceOf(ConfigurationError);
	expect((error as Error).message).toContain('is of database source, not of shop');
	expect(await items('shop')).toEqual(OLD);
});

describe('A connection that is cut at the commit of a restore in place', () => {
	const through = async (heard: Parameters<typeof startCuttingProxy>[2]) => {
		const proxy = await startCuttingProxy(bench.server(), 'COMMIT\0', heard);
		const server = { ...bench.server('shop'), port: proxy.port };
		const error: unknown = await restore({ mode: 'existing-database', server }).catch(
			(failure: unknown) => failure,
		);
		await proxy.close();
		expect(error).toBeInstanceOf(RestoreError);
		return (error as RestoreError).message;
	};

	it('is not reported as a database that is as it was, when it is not', async () => {
		const message = await through('the server hears it');
		expect(message).toMatch(/whether it was is unknown/);
		expect(message).not.toContain('as it was');
		expect(await items('shop')).toEqual(RESTORED);
	});

	it('is reported as a database that is as it was, when it is', async () => {
		expect(await through('the server does not hear it')).toMatch(/Database shop is as it was\.$/);
		expect(await items('shop')).toEqual(OLD);
	});
});
