import { readFile } from 'node:fs/promises';

import { createDump } from '../../../core/postgres/create-dump';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import { undoSwap } from '../../../core/postgres/undo-swap';
import type { BackupRef } from '../../../core/repository/catalogue';
import { NO_TRACES, tracesOf } from '../../support/aftermath';
import { contentOf } from '../../support/database-content';
import { eventually } from '../../support/eventually';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { holdRepository } from '../../support/repository/held-repository';

const CONTENT = `CREATE TABLE large AS
		SELECT i, (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, 100) j) AS v
		FROM generate_series(1, 6000) i;
	CREATE TABLE item (id serial PRIMARY KEY, price int);
	INSERT INTO item (price) SELECT generate_series(1, 1000)`;

let scratch: ScratchRepository;

beforeEach(async () => {
	scratch = await scratchRepository();
});
afterEach(() => scratch.remove());

const restoreInput = (
	postgres: RunningPostgres,
	backup: BackupRef,
	mode: RestoreDumpInput['mode'],
): RestoreDumpInput => ({
	...{ server: postgres.server(), repository: scratch.repository, backup, mode },
	...{ database: 'shop', engine: 'own', owners: 'never', privileges: 'never' },
	unsupported: 'refuse',
});

const scene = (postgres: RunningPostgres) => ({
	...{ postgres, repository: scratch.repository, directory: scratch.root, inProcess: true },
});

const failureOf = (running: Promise<unknown>) =>
	running.then(
		() => Promise.reject(new Error('It succeeded')),
		(error: Error & { hint?: string }) => error,
	);

describe('A server with strict limits that logs every statement', () => {
	let strict: RunningPostgres;

	beforeAll(async () => {
		strict = await startPostgres({
			major: 15,
			settings: {
				...{
					statement_timeout: '100ms',
					lock_timeout: '100ms',
					default_transaction_read_only: 'on',
				},
				...{ idle_in_transaction_session_timeout: '100ms', idle_session_timeout: '1500ms' },
				...{ log_statement: 'all', log_min_duration_statement: '0', log_connections: 'on' },
				log_parameter_max_length: '-1',
			},
		});
		const admin = await strict.admin();
		// Its own limits would hit the preparation too.
		const free = `ALTER ROLE postgres SET`;
		await admin.query(`SET default_transaction_read_only = off; SET statement_timeout = 0`);
		await admin.query('CREATE ROLE app LOGIN SUPERUSER PASSWORD $$app-secret$$');
		for (const setting of ['statement_timeout', 'lock_timeout', 'idle_session_timeout']) {
			await admin.query(`${free} ${setting} = 0`);
		}
		await admin.query(`${free} idle_in_transaction_session_timeout = 0`);
		await admin.query(`${free} default_transaction_read_only = off`);
		await admin.end();
		await createDatabase(strict, 'shop', CONTENT);
	});
	afterAll(() => strict?.stop());

	it.each(['native', 'embedded'] as const)('is dumped and restored (%s)', async (engine) => {
		const server = { ...strict.server('shop'), user: 'app', password: 'app-secret' };
		const held = holdRepository(scratch.repository);
		const dumping = createDump(
			dumpInput(strict, 'shop', held.repository, {
				...{ server, engine, compression: { algorithm: 'none' } },
			}),
		);
		// Long enough for every one of the limits.
		await Promise.race([held.reached, dumping]);
		await new Promise((resolve) => setTimeout(resolve, 1_700));
		held.release();
		const backup = await dumping;
		const before = await contentOf(strict, 'shop');
		for (const mode of ['swap', 'existing-database'] as const) {
			for (const by of engine === 'native' ? (['own', 'native'] as const) : (['own'] as const)) {
				await restoreDump({ ...restoreInput(strict, backup, mode), server, engine: by });
				expect(await contentOf(strict, 'shop')).toEqual(before);
			}
		}
		expect(await tracesOf(scene(strict))).toEqual(NO_TRACES);
		// The role was made by the test, in a statement that is in the log for that.
		const log = (await readFile(strict.logFile, 'utf8'))
			.split('\n')
			.filter((line) => !line.includes('CREATE ROLE app'));
		expect(log.join('\n')).not.toContain('app-secret');
		expect(log.join('\n')).toContain('LOCK TABLE');
	});
});

describe('A server without a connection left', () => {
	it('says so to a dump and to a restore, and nothing is left of them', async () => {
		const crowded = await startPostgres({
			major: 15,
			settings: { max_connections: '6', superuser_reserved_connections: '1' },
		});
		try {
			await createDatabase(crowded, 'shop', CONTENT);
			const before = await contentOf(crowded, 'shop');
			const backup = await createDump(dumpInput(crowded, 'shop', scratch.repository));
			for (const free of [0, 1]) {
				const others = [];
				for (let count = 0; count < 6 - free; count++) {
					others.push(await crowded.admin('shop').catch(() => undefined));
				}
				const errors = [
					await failureOf(createDump(dumpInput(crowded, 'shop', scratch.repository))),
					await failureOf(restoreDump(restoreInput(crowded, backup, 'swap'))),
				];
				for (const other of others) await other?.end();
				for (const { message, hint } of errors) {
					expect(message).toMatch(/too many clients|no connection left|connection slots/);
					expect(hint).toMatch(/connection/);
				}
				const traces = await tracesOf(scene(crowded), ['databases']);
				expect({ ...traces, databases: [] }).toEqual(NO_TRACES);
				expect(await contentOf(crowded, 'shop')).toEqual(before);
			}
			await restoreDump(restoreInput(crowded, backup, 'swap'));
			expect(await tracesOf(scene(crowded))).toEqual(NO_TRACES);
		} finally {
			await crowded.stop();
		}
	});
});

describe('A hot standby', () => {
	let primary: RunningPostgres;
	let standby: RunningPostgres;

	beforeAll(async () => {
		primary = await startPostgres({ major: 15 });
		await createDatabase(primary, 'shop', CONTENT);
		standby = await startPostgres({
			major: 15,
			primary,
			settings: { max_standby_streaming_delay: '100ms' },
		});
		await eventually(() => withAdmin(standby, 'shop', (admin) => admin.query('TABLE item')));
	});
	afterAll(async () => {
		await standby?.stop();
		await primary?.stop();
	});

	it.each(['native', 'embedded'] as const)('is dumped like any server (%s)', async (engine) => {
		const backup = await createDump(dumpInput(standby, 'shop', scratch.repository, { engine }));
		expect(backup.fingerprint).toMatchObject({ checksums: true, tables: [{}, { rows: 6_000 }] });
		await restoreDump({ ...restoreInput(primary, backup, 'new-database'), database: engine });
		expect(await contentOf(primary, engine)).toEqual(await contentOf(primary, 'shop'));
		expect(await tracesOf(scene(standby))).toEqual(NO_TRACES);
	});

	it('that must go on with its primary ends the dump, and the hint says how to have both', async () => {
		const held = holdRepository(scratch.repository);
		const running = failureOf(
			createDump(
				dumpInput(standby, 'shop', held.repository, { compression: { algorithm: 'none' } }),
			),
		);
		await held.reached;
		await withAdmin(primary, 'shop', (admin) => admin.query('TRUNCATE item'));
		// It waits for the dump, whose sending nothing but the reader or a cut connection interrupts.
		await eventually(() =>
			withAdmin(standby, 'postgres', async (admin) => {
				const { rows } = await admin.query(
					"SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup'",
				);
				expect(rows).toMatchObject([
					{ wait_event: expect.stringMatching(/RecoveryConflict|relation/) },
				]);
			}),
		);
		held.release();
		const { message, hint } = await running;
		expect(message).toMatch(/conflict with recovery/);
		expect(hint).toContain('max_standby_streaming_delay');
		expect(await scratch.files()).toEqual([]);
		expect(await tracesOf(scene(standby))).toEqual(NO_TRACES);
	});

	it('is refused as the target of a restore, whatever its mode, and of an undo', async () => {
		const backup = await createDump(dumpInput(primary, 'shop', scratch.repository));
		for (const mode of ['swap', 'new-database', 'existing-database'] as const) {
			const error = await failureOf(restoreDump(restoreInput(standby, backup, mode)));
			expect(error).toMatchObject({ name: 'ConfigurationError' });
			expect(error.message).toMatch(/^The server is a standby/);
		}
		const error = await failureOf(undoSwap({ server: standby.server(), database: 'shop' }));
		expect(error.message).toMatch(/^No restore of database shop|^The server is a standby/);
		expect(await tracesOf(scene(standby))).toEqual(NO_TRACES);
	});
});
