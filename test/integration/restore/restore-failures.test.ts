import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	CancelledError,
	ConfigurationError,
	DisasterRecoveryError,
	IntegrityError,
	NotFoundError,
	RestoreError,
} from '../../../core/errors';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import { RestoreStatementError } from '../../../core/postgres/restore/statement-error';
import type { BackupRef } from '../../../core/repository/catalogue';
import { NO_TRACES, tracesOf } from '../../support/aftermath';
import { eventually } from '../../support/eventually';
import { rewriteSealed } from '../../support/repository/rewrite-sealed';
import { NATIVE_15, RestoreBench } from './restore-bench';
import { stallingRepository } from './stalling-repository';

let bench: RestoreBench;
let databases: string[];
let minute = 0;

beforeAll(async () => {
	bench = await RestoreBench.start();
	await bench.create(
		'source',
		`CREATE TABLE a_first (id int PRIMARY KEY);
		INSERT INTO a_first SELECT generate_series(1, 1000);
		CREATE TABLE item (id int PRIMARY KEY, price numeric, name text);
		INSERT INTO item SELECT n, n, repeat('name ' || n, 20) FROM generate_series(1, 20000) n;
		SELECT lo_from_bytea(0, 'content')`,
	);
	await bench.create(
		'shop',
		`CREATE TABLE item (id int); INSERT INTO item VALUES (-1);
		CREATE TABLE only_here (id int); INSERT INTO only_here VALUES (1)`,
	);
	databases = await bench.databases();
});
afterAll(() => bench.stop());

/** After every failure: the same databases, the same content, and no trace of the run. */
afterEach(async () => {
	expect(await bench.databases()).toEqual(databases);
	expect(await bench.sql('shop', 'SELECT id FROM only_here')).toEqual([{ id: 1 }]);
	expect(await bench.sql('shop', 'SELECT id FROM item LIMIT 3')).toEqual([{ id: -1 }]);
	// Some of the backups are damaged, for these tests.
	expect(await tracesOf({ postgres: bench.postgres, inProcess: true })).toEqual(NO_TRACES);
});

const nextBackup = (bend: Parameters<RestoreBench['backUp']>[1] = {}) =>
	bench.backUp('source', { at: new Date(Date.UTC(2026, 0, 1, 0, minute++)), ...bend });

const restore = (
	backup: BackupRef,
	changes: Partial<RestoreDumpInput> = {},
	signal?: AbortSignal,
) =>
	restoreDump(
		{
			...{ server: bench.server('shop'), repository: bench.repository, backup },
			...{
				mode: 'swap',
				database: 'shop',
				engine: 'own',
				owners: 'never',
				privileges: 'never',
				unsupported: 'refuse',
			},
			...{ binariesDirectory: NATIVE_15 },
			...changes,
		},
		{ ...(signal && { signal }) },
	);

/** Replaces bytes of an archive, length kept, so that it stays well formed. */
const exchange = (from: string, to: string) => (archive: Buffer) => {
	const at = archive.lastIndexOf(from);
	if (at === -1 || from.length !== to.length) throw new Error(`No ${from} to exchange`);
	return Buffer.concat([
		archive.subarray(0, at),
		Buffer.from(to),
		archive.subarray(at + from.length),
	]);
};

/** Whether the server has sessions of a restore within a second. */
async function untilSessions(count: number): Promise<boolean> {
	for (let attempt = 0; attempt < 50; attempt++, await sleep(20)) {
		if ((await bench.ownSessions()) >= count) return true;
	}
	return false;
}

const WAYS = [
	{ mode: 'swap', engine: 'own' },
	{ mode: 'swap', engine: 'native' },
	{ mode: 'existing-database', engine: 'own' },
	{ mode: 'existing-database', engine: 'native' },
] as const;

describe.each(WAYS)('A failing restore with %j', (way) => {
	it('stops at a row that the server refuses', async () => {
		const backup = await nextBackup({ bend: { raw: exchange('15000\t15000', '15000\t1x000') } });
		const error = await restore(backup, way).catch((failure: unknown) => failure);
		expect(error).toBeInstanceOf(RestoreError);
		expect((error as Error).message).toMatch(/numeric.*Database shop is as it was\.$/);
		if (way.engine === 'native') return;
		expect(error).toBeInstanceOf(RestoreStatementError);
		expect(error).toMatchObject({
			entry: { kind: 'TABLE DATA', name: 'public.item' },
			sqlState: '22P02',
			line: 15000,
			where: 'COPY item, line 15000, column price',
		});
	});

	it('stops when the stored payload is damaged, even in its last bytes', async () => {
		const backup = await nextBackup();
		const folder = join(bench.directory, 'postgres', backup.name, backup.id);
		const file = (await readdir(folder)).find((name) => name.includes('.dump'));
		const path = join(folder, file ?? '');
		const bytes = await readFile(path);
		for (const at of [bytes.length - 3, Math.floor(bytes.length / 2)]) {
			const flipped = Buffer.from(bytes);
			flipped[at]! ^= 0x10;
			await writeFile(path, flipped);
			const error = await restore(backup, way).catch((failure: unknown) => failure);
			expect(error).toBeInstanceOf(IntegrityError);
			expect((error as Error).message).toMatch(/Database shop is as it was\.$/);
		}
	});

	it('stops when the archive ends too early', async () => {
		const backup = await nextBackup({ bend: { raw: (archive) => archive.subarray(0, -20) } });
		await expect(restore(backup, way)).rejects.toThrow(DisasterRecoveryError);
	});

	it('can be cancelled, and cleans up first', async () => {
		const backup = await nextBackup();
		for (const delay of [0, 10, 30, 60]) {
			const controller = new AbortController();
			// A payload that never ends: on a fast machine the restore would be done before the cancel.
			const { repository } = stallingRepository(bench.repository, 4_096);
			const running = restore(backup, { ...way, repository }, controller.signal).catch(
				(error: unknown) => error,
			);
			await sleep(delay);
			controller.abort();
			expect(await running).toBeInstanceOf(CancelledError);
			expect(await bench.databases()).toEqual(databases);
			// A busy server takes a moment to notice a cut connection, which holds the lock until then.
			await eventually(async () => expect(await bench.ownSessions()).toBe(0));
		}
	});

	it('can be cancelled in the middle of a table', async () => {
		const backup = await nextBackup();
		const { repository, reached } = stallingRepository(bench.repository, 4_096);
		const controller = new AbortController();
		const running = restore(backup, { ...way, repository }, controller.signal).catch(
			(error: unknown) => error,
		);
		// Native restores into an existing database are read once before anything is touched.
		await reached;
		if (way.mode === 'swap' || way.engine === 'own') expect(await untilSessions(1)).toBe(true);
		controller.abort();
		expect(await running).toBeInstanceOf(CancelledError);
	});

	it('stops when its own session is killed', async () => {
		const backup = await nextBackup();
		// Our own reader waits for a store that stalls, lest the restore be done before the kill. Native
		// restores into an existing database are read once before a session is opened.
		const stalling = stallingRepository(bench.repository, 4_096);
		const { repository } = way.engine === 'own' ? stalling : bench;
		const running = restore(backup, { ...way, repository }).catch((error: unknown) => error);
		if (way.engine === 'own') await stalling.reached;
		let settled = false;
		void running.finally(() => (settled = true));
		let killed = 0;
		// One that is about to end by itself notices nothing, and the one that holds the lock has no more
		// to do: so those that do the work are killed until that shows.
		while (!settled) {
			const sessions = await bench.sql(
				'postgres',
				`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE application_name LIKE 'n8n-dr-restore-%' AND datname <> 'postgres'`,
			);
			killed += sessions.length;
		}
		expect(killed).toBeGreaterThan(0);
		// The first thing that a session does belongs to its login, and the last one is the commit.
		const error = await running;
		expect(error).toMatchObject({
			name: expect.stringMatching(/^(RestoreError|ConnectionError|CommitUnknownError)$/) as string,
		});
	});
});

describe('A restore whose data differs from the backup', () => {
	it.each(['swap', 'existing-database'] as const)('does not happen (%s)', async (mode) => {
		const rows = await nextBackup({
			bend: {
				fingerprint: (fingerprint) => ({
					...fingerprint,
					tables: fingerprint.tables.map((table) => ({ ...table, rows: table.rows + 1 })),
				}),
			},
		});
		await expect(restore(rows, { mode })).rejects.toThrow(
			/not what was backed up: public.a_first has 1,000 rows, .*1,001.* Database shop is as it was/,
		);
		const content = await nextBackup({ bend: { raw: exchange('name 7name', 'name 8name') } });
		await expect(restore(content, { mode })).rejects.toThrow('content differs');
	});
});

describe('A restore that cannot begin', () => {
	it('refuses a backup of a newer server', async () => {
		const backup = await nextBackup();
		const folder = join(bench.directory, 'postgres', backup.name, backup.id, 'manifest.json');
		rewriteSealed(folder, ({ source }) => {
			(source as { serverVersion: string }).serverVersion = '16.4';
		});
		await expect(restore(backup)).rejects.toThrow('the older Postgres 15');
	});

	it('names what is missing', async () => {
		const backup = await nextBackup();
		const absent = { component: 'postgres', name: 'bench', id: 'bench-20200101000000' };
		await expect(restore(absent)).rejects.toThrow(NotFoundError);
		await expect(
			restore(backup, { mode: 'existing-database', database: 'nowhere' }),
		).rejects.toThrow(NotFoundError);
		await expect(restore(backup, { database: '' })).rejects.toThrow(ConfigurationError);
		await expect(
			restore(backup, { engine: 'native', binariesDirectory: bench.directory }),
		).rejects.toThrow('No pg_restore');
	});

	it('fails plainly where objects that are not in the backup depend on those that are', async () => {
		await bench.sql('shop', 'CREATE VIEW on_item AS SELECT * FROM item');
		await expect(restore(await nextBackup(), { mode: 'existing-database' })).rejects.toThrow(
			/TABLE public.item.*depend.*2BP01.*is as it was/s,
		);
		await bench.sql('shop', 'DROP VIEW on_item');
	});
});
