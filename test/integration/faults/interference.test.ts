import { createDump } from '../../../core/postgres/create-dump';
import { restoreDump } from '../../../core/postgres/restore-dump';
import { NO_TRACES, type Scene, tracesOf } from '../../support/aftermath';
import { contentOf } from '../../support/database-content';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { startRelay } from '../../support/relay';
import { holdRepository } from '../../support/repository/held-repository';

/** More than fits into all the buffers between the server and a store that takes nothing. */
const CONTENT = `CREATE TABLE a_large AS
		SELECT i, (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, 100) j) AS v
		FROM generate_series(1, 6000) i;
	CREATE TABLE item (id serial PRIMARY KEY, price int);
	INSERT INTO item (price) SELECT generate_series(1, 1000);
	CREATE TABLE other AS SELECT 1 AS a`;

/** What shuts out readers has to wait for the dump, which reads each of these tables to its end. */
const BLOCKED = [
	'TRUNCATE item',
	'DROP TABLE other',
	'ALTER TABLE item ADD COLUMN late int DEFAULT 1',
	'ALTER TABLE item ALTER COLUMN price TYPE text',
	'VACUUM FULL item',
	'CLUSTER item USING item_pkey',
];

/** What readers do not notice; the dump does not either. */
const UNNOTICED = [
	'DELETE FROM item WHERE id % 2 = 0',
	"UPDATE a_large SET v = 'changed' WHERE i % 3 = 0",
	'INSERT INTO other SELECT generate_series(2, 50)',
	'CREATE INDEX ON item (price)',
	'CREATE TABLE late AS SELECT 1 AS a',
	'VACUUM ANALYZE item',
	'REINDEX TABLE item',
];

let postgres: RunningPostgres;
let scratch: ScratchRepository;
let scene: Scene;

beforeAll(async () => {
	postgres = await startPostgres({ major: 15 });
});
afterAll(() => postgres?.stop());

beforeEach(async () => {
	scratch = await scratchRepository();
	const { repository, root } = scratch;
	scene = { postgres, repository, directory: root, inProcess: true };
});
afterEach(() => scratch.remove());

it.each(['native', 'embedded'] as const)(
	'One that queues up to shut out readers before pg_dump (%s) has its locks is named',
	async (engine) => {
		const name = `queue_${engine}`;
		await createDatabase(postgres, name, 'CREATE TABLE item AS SELECT 1 AS id');
		const waiting = await postgres.admin(name);
		await waiting.query("SET application_name = 'migration'");
		const { rows } = await waiting.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
		let dropped: Promise<unknown> | undefined;
		const relay = await startRelay(postgres, (_number, piece) => {
			if (piece.includes('pg_export_snapshot')) dropped = waiting.query('DROP TABLE item');
			return 'pass';
		});
		const server = { ...postgres.server(name), port: relay.port };
		const input = dumpInput(postgres, name, scratch.repository, { engine, lockTimeoutSeconds: 1 });
		await expect(createDump({ ...input, server })).rejects.toMatchObject({
			name: 'BackupError',
			message: `The table public.item is locked by session ${rows[0]?.pid} (migration), which itself waits for a lock on it. The lock timeout ran out.`,
		});
		await dropped;
		await waiting.end();
		await relay.close();
		expect(await scratch.files()).toEqual([]);
		expect(await tracesOf(scene)).toEqual(NO_TRACES);
	},
);

describe.each(['native', 'embedded'] as const)('Others at work in mid-dump (%s)', (engine) => {
	it('wait, or change nothing of it: it restores to what was there at its start', async () => {
		const name = `shop_${engine}`;
		await createDatabase(postgres, name, CONTENT);
		const before = await contentOf(postgres, name);
		const held = holdRepository(scratch.repository);
		const running = createDump(
			dumpInput(postgres, name, held.repository, { engine, compression: { algorithm: 'none' } }),
		);
		await held.reached;
		await withAdmin(postgres, name, async (other) => {
			for (const statement of UNNOTICED) await other.query(statement);
			await other.query("SET lock_timeout = '200ms'");
			for (const statement of BLOCKED) {
				await expect(other.query(statement)).rejects.toMatchObject({ code: '55P03' });
			}
		});
		// One that waits as long as it takes gets its turn when the dump has ended.
		const truncated = withAdmin(postgres, name, (other) =>
			other.query('TRUNCATE item, a_large, other'),
		);
		held.release();
		const manifest = await running;
		await truncated;
		expect(await contentOf(postgres, name)).not.toEqual(before);

		await restoreDump({
			...{ server: postgres.server(), repository: scratch.repository, mode: 'new-database' },
			...{ backup: manifest, database: `copy_${engine}`, engine: 'own' },
			...{ owners: 'never', privileges: 'never', unsupported: 'refuse' },
		});
		expect(await contentOf(postgres, `copy_${engine}`)).toEqual(before);
		expect(await tracesOf(scene)).toEqual(NO_TRACES);
	});
});
