import { join } from 'node:path';
import { chown, mkdir } from 'node:fs/promises';

import { RestoreError } from '../../../core/errors';
import { restoreDump } from '../../../core/postgres/restore-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk';
import { unprivilegedUser } from '../../support/unprivileged-user';
import { NATIVE_15, RestoreBench } from '../restore/restore-bench';

/** Room for the database, its copy, and what it was. */
const DISK_BYTES = 64 * 2 ** 20;
/** The rows of the backup take 20 MB. */
const TOO_LITTLE = 12 * 2 ** 20;

let bench: RestoreBench;
let disk: SmallDisk;
let backup: BackupRef;
let databases: string[];

beforeAll(async () => {
	disk = await mountSmallDisk(DISK_BYTES);
	const location = join(disk.path, 'tablespace');
	await mkdir(location);
	const server = await unprivilegedUser();
	if (server) await chown(location, server.uid, server.gid);

	bench = await RestoreBench.start();
	await bench.create(
		'source',
		`CREATE TABLE item AS SELECT n, repeat(md5(n::text), 8) AS v FROM generate_series(1, 65000) n`,
	);
	backup = await bench.backUp('source');
	await bench.sql('postgres', `CREATE TABLESPACE small LOCATION '${location}'`);
	await bench.sql('postgres', 'CREATE DATABASE shop TABLESPACE small');
	await bench.sql('shop', 'CREATE TABLE item AS SELECT -1 AS id');
	// Else the server would find no room for it later, and could not even drop a database.
	await bench.sql('shop', 'CHECKPOINT');
	databases = await bench.databases();
});
afterAll(async () => {
	await bench?.stop();
	await disk?.remove();
});

const restore = (mode: 'swap' | 'existing-database', engine: 'own' | 'native') =>
	restoreDump({
		...{ server: bench.server('shop'), repository: bench.repository, backup },
		...{
			mode,
			database: 'shop',
			engine,
			owners: 'never',
			privileges: 'never',
			unsupported: 'refuse',
		},
		binariesDirectory: NATIVE_15,
	});

it.each([
	{ mode: 'swap', engine: 'own' },
	{ mode: 'swap', engine: 'native' },
	{ mode: 'existing-database', engine: 'own' },
	{ mode: 'existing-database', engine: 'native' },
] as const)('a server whose disk fills up keeps its database as it was: %j', async (way) => {
	await disk.fill(TOO_LITTLE);
	const error = await restore(way.mode, way.engine).then(
		() => new Error('It succeeded'),
		(reason: Error) => reason,
	);
	expect(error).toBeInstanceOf(RestoreError);
	expect(error.message).toMatch(/No space left on device/);
	expect(error.message).toMatch(/Database shop is as it was\.$/);
	expect(await bench.databases()).toEqual(databases);
	expect(await bench.sql('shop', 'SELECT id FROM item')).toEqual([{ id: -1 }]);
	expect(await bench.ownSessions()).toBe(0);
	await disk.free();
});

it('once there is room again, the restore succeeds', async () => {
	const { rows } = await restore('swap', 'own');
	expect(rows).toBe(65_000);
	expect(await bench.sql('shop', 'SELECT count(*)::int FROM item')).toEqual([{ count: 65_000 }]);
});
