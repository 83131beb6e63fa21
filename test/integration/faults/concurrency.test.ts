import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';

import { ConflictError } from '../../../core/errors';
import { createDump } from '../../../core/postgres/create-dump';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import { fingerprintOf } from '../../../core/repository/fingerprint';
import { NO_TRACES, tracesOf } from '../../support/aftermath';
import { dumpInput } from '../../support/postgres-dumps';
import { holdRepository } from '../../support/repository/held-repository';
import { eventually } from '../../support/eventually';
import { RestoreBench } from '../restore/restore-bench';
import { stallingRepository } from '../restore/stalling-repository';

let bench: RestoreBench;
let backup: BackupRef;

beforeAll(async () => {
	bench = await RestoreBench.start();
	await bench.create(
		'source',
		`CREATE TABLE item AS SELECT n AS id, repeat(md5(n::text), 100) AS name
		FROM generate_series(1, 6000) n`,
	);
	backup = await bench.backUp('source');
});
afterAll(() => bench?.stop());

beforeEach(async () => {
	for (const name of await bench.databases()) {
		if (name.startsWith('shop')) await bench.sql('postgres', `DROP DATABASE "${name}"`);
	}
	await bench.sql('postgres', 'CREATE DATABASE shop TEMPLATE source');
	await bench.sql('shop', 'CREATE TABLE event (writer int, number int)');
});
afterEach(async () => {
	const { postgres, repository, directory } = bench;
	const traces = await tracesOf({ postgres, repository, directory, inProcess: true });
	expect(traces).toEqual(NO_TRACES);
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

const dump = (database: string, repository = bench.repository) =>
	createDump(
		dumpInput(bench.postgres, database, repository, { compression: { algorithm: 'none' } }),
	);

/** Writes and commits, one number after the other, and connects anew whenever it is thrown out. */
class Writer {
	/** Commits that the server has confirmed. */
	readonly confirmed: number[] = [];
	private stopped = false;
	private readonly done: Promise<void>;

	constructor(private readonly id: number) {
		this.done = this.write();
	}

	async stop(): Promise<void> {
		this.stopped = true;
		await this.done;
	}

	private async write(): Promise<void> {
		for (let number = 0; !this.stopped;) {
			const client = new Client({ connectionString: bench.postgres.url('shop') });
			client.on('error', () => undefined);
			try {
				await client.connect();
				while (!this.stopped) {
					number++;
					await client.query('INSERT INTO event VALUES ($1, $2)', [this.id, number]);
					this.confirmed.push(number);
				}
			} catch {
				await sleep(5);
			} finally {
				await client.end().catch(() => undefined);
			}
		}
	}
}

it('A swap under writers who come back at once loses no commit that was confirmed', async () => {
	// So that they can go on in the restored database.
	await bench.create('writable', 'CREATE TABLE event (writer int, number int)');
	const writable = await bench.backUp('writable', { at: new Date('2026-01-01T00:00:00Z') });
	const writers = [1, 2, 3, 4].map((id) => new Writer(id));
	const written = async (more: readonly number[]) =>
		await eventually(() => {
			for (const [index, { confirmed }] of writers.entries()) {
				expect(confirmed.length).toBeGreaterThan(more[index]!);
			}
		});
	await written([0, 0, 0, 0]);
	const { keptDatabase = '' } = await restore({ backup: writable });
	const atSwap = writers.map(({ confirmed }) => confirmed.length);
	await written(atSwap);
	await Promise.all(writers.map((writer) => writer.stop()));

	const read = async (database: string) =>
		await bench.sql<{ writer: number; number: number }>(
			database,
			'SELECT writer, number FROM event ORDER BY 1, 2',
		);
	const [kept, now] = [await read(keptDatabase), await read('shop')];
	for (const [index, writer] of writers.entries()) {
		const of = (rows: typeof kept) =>
			rows.filter((row) => row.writer === index + 1).map(({ number }) => number);
		const found = [...of(kept), ...of(now)];
		// A commit whose confirmation got lost may be there; one that was confirmed has to be.
		expect(writer.confirmed.filter((number) => !found.includes(number))).toEqual([]);
		expect(new Set(found).size).toBe(found.length);
		// What went into the new one came after all that is in the kept one.
		expect(Math.max(...of(kept))).toBeLessThan(Math.min(...of(now)));
	}
});

it('Two restores of the same target at once: one restores, the other is a conflict', async () => {
	const stalling = stallingRepository(bench.repository, 4_096);
	const abort = new AbortController();
	const first = restoreDump(
		{
			...{ server: bench.server('shop'), repository: stalling.repository, backup },
			...{
				mode: 'swap',
				database: 'shop',
				engine: 'own',
				owners: 'never',
				privileges: 'never',
				unsupported: 'refuse',
			},
		},
		{ signal: abort.signal },
	).catch((error: unknown) => error);
	await stalling.reached;
	for (const mode of ['swap', 'existing-database'] as const) {
		const error: unknown = await restore({ mode }).catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(ConflictError);
		expect((error as Error).message).toMatch(/Another restore or undo of database shop is running/);
	}
	abort.abort();
	expect(await first).toMatchObject({ name: 'CancelledError' });
	const outcomes = await Promise.allSettled([restore(), restore(), restore()]);
	const restored = outcomes.filter(({ status }) => status === 'fulfilled');
	expect(restored.length).toBeGreaterThanOrEqual(1);
	for (const outcome of outcomes) {
		if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ConflictError);
	}
	expect(await bench.fingerprint('shop')).toEqual(await bench.fingerprint('source'));
});

it('A dump of a database that is swapped away in its middle fails, and says by what', async () => {
	const held = holdRepository(bench.repository);
	const dumping = dump('shop', held.repository).catch((error: unknown) => error);
	await held.reached;
	const { keptDatabase } = await restore();
	expect(keptDatabase).toBeDefined();
	held.release();
	const error = await dumping;
	expect(error).toMatchObject({ name: 'BackupError' });
	expect((error as Error).message).toMatch(/terminating connection|closed the connection|was lost/);
	expect(fingerprintOf(await dump('shop'), 'postgres')?.tables).toMatchObject([
		{ name: 'item', rows: 6_000 },
	]);
});

it('A dump of the source during a restore from it, and into another, disturbs neither', async () => {
	const [restored, dumped] = await Promise.all([restore(), dump('source')]);
	expect(restored.rows).toBe(6_000);
	expect(fingerprintOf(dumped, 'postgres')?.tables).toMatchObject([{ rows: 6_000 }]);
});

it('A dump while the one before is being committed is a conflict, and the one before is kept', async () => {
	let second: Promise<unknown> | undefined;
	const stores = bench.repository.stores.map((store) =>
		Object.assign(Object.create(store) as typeof store, {
			putIfAbsent: async (key: string, body: Buffer) => {
				second ??= dump('source').catch((error: unknown) => error);
				await second;
				await store.putIfAbsent(key, body);
			},
		}),
	);
	// Ids have whole seconds, and that of the dump before may be this one.
	await sleep(1_000);
	const manifest = await dump('source', { ...bench.repository, stores });
	expect(await second).toMatchObject({ name: 'ConflictError' });
	expect(fingerprintOf(manifest, 'postgres')?.tables).toMatchObject([{ rows: 6_000 }]);
});
