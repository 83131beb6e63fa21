import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError, RestoreError } from '../../../core/errors';
import { restoreDump } from '../../../core/postgres/restore-dump';
import { undoSwap } from '../../../core/postgres/undo-swap';
import type { BackupRef } from '../../../core/repository/catalogue';
import { NO_TRACES, tracesOf } from '../../support/aftermath';
import { RestoreBench } from './restore-bench';

let bench: RestoreBench;
let backup: BackupRef;

beforeEach(async () => {
	bench = await RestoreBench.start();
	await bench.create('source', 'CREATE TABLE item AS SELECT 1 AS id');
	backup = await bench.backUp('source');
	await bench.create('shop', 'CREATE TABLE item AS SELECT -1 AS id');
});
afterEach(() => bench.stop());

const restore = () =>
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
	});

const traces = () => {
	const { postgres, repository, directory } = bench;
	return tracesOf({ postgres, repository, directory, inProcess: true });
};

describe('A swap', () => {
	it('names what keeps the database busy, and changes nothing', async () => {
		// A prepared transaction that appears during the restore cannot be ended as a session can.
		const running = restore().catch((error: unknown) => error);
		// By then the state of the database has been looked at.
		const isRestoring = async () =>
			(await bench.databases()).some((name) => name.startsWith('shop_restore_'));
		while (!(await isRestoring())) await sleep(5);
		await bench.sql('shop', "BEGIN; INSERT INTO item VALUES (2); PREPARE TRANSACTION 'late'");
		const error = await running;
		expect(error).toBeInstanceOf(ConflictError);
		expect((error as Error).message).toMatch(/prepared transaction.*Database shop is as it was/);
		await bench.sql('shop', "ROLLBACK PREPARED 'late'");
		expect(await bench.sql('shop', 'SELECT id FROM item')).toEqual([{ id: -1 }]);
		expect(await traces()).toEqual(NO_TRACES);
		expect(await bench.databases()).toEqual([
			'postgres',
			'shop',
			'source',
			'template0',
			'template1',
		]);
	});

	it('has happened or not, but nothing in between, when its connection is lost', async () => {
		let lost = 0;
		// A login for each look would miss most of the moments.
		const watcher = await bench.postgres.admin();
		for (let round = 0; round < 12 && lost < 4; round++) {
			const running = restore().catch((error: unknown) => error);
			let settled = false;
			void running.finally(() => (settled = true));
			let killed = 0;
			while (!settled && killed === 0) {
				const { rowCount } = await watcher.query(
					`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE application_name LIKE 'n8n-dr-restore-%' AND query LIKE 'ALTER DATABASE%RENAME%'
					OR application_name LIKE 'n8n-dr-restore-%' AND query = 'COMMIT' AND state = 'active'`,
				);
				killed = rowCount ?? 0;
			}
			lost += killed;
			const outcome = await running;
			const names = await bench.databases();
			const [row] = await bench.sql<{ id: number }>('shop', 'SELECT id FROM item');
			expect(await traces()).toEqual(NO_TRACES);
			if (outcome instanceof RestoreError) {
				expect(row).toEqual({ id: -1 });
				expect(names).not.toContainEqual(expect.stringMatching(/^shop_before_/));
			} else {
				expect(outcome).toMatchObject({ keptDatabase: expect.stringMatching(/^shop_before_/) });
				expect(row).toEqual({ id: 1 });
				const { setAside } = await undoSwap({ server: bench.server('shop'), database: 'shop' });
				await bench.sql('postgres', `DROP DATABASE "${setAside}"`);
			}
		}
		await watcher.end();
		expect(lost).toBeGreaterThan(0);
	}, 90_000);

	it('that the server does not survive tells what may be left', async () => {
		const running = restore().catch((error: unknown) => error);
		while (!(await bench.databases()).some((name) => name.startsWith('shop_restore_')))
			await sleep(5);
		await bench.postgres.stop();
		const error = await running;
		expect(error).toBeInstanceOf(Error);
		expect((error as Error).message).toMatch(
			/Database shop is as it was\. The unfinished shop_restore_\S+ could not be removed/,
		);
	});
});
