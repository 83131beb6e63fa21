import { setTimeout as sleep } from 'node:timers/promises';

import { createDump, type CreateDumpContext } from '../../../core/postgres/create-dump';
import { NO_TRACES, tracesOf } from '../../support/aftermath';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { fingerprintOf } from '../../../core/repository/fingerprint';

/** About 90 MB of rows: a dump takes long enough to be interrupted. */
const LARGE = `CREATE TABLE large AS SELECT i, repeat(md5(i::text), 8) AS v FROM generate_series(1, 300000) i`;
const SMALL = 'CREATE TABLE small AS SELECT 1 AS a; CREATE TABLE other (b int)';

let postgres: RunningPostgres;
let scratch: ScratchRepository;

beforeAll(async () => {
	postgres = await startPostgres({ major: 15 });
	await createDatabase(postgres, 'large', LARGE);
	await createDatabase(postgres, 'small', SMALL);
});

afterAll(async () => {
	await postgres?.stop();
});

beforeEach(async () => {
	scratch = await scratchRepository();
});

afterEach(async () => {
	await scratch.remove();
});

type Changes = Parameters<typeof dumpInput>[3];

const dump = (database: string, changes: Changes = {}, context: CreateDumpContext = {}) =>
	createDump(dumpInput(postgres, database, scratch.repository, changes), context);

const traces = () =>
	tracesOf({
		...{ postgres, repository: scratch.repository },
		directory: scratch.root,
		inProcess: true,
	});

/** The error of a dump that must not succeed, after a look at what it left behind: nothing. */
async function failure(database: string, changes: Changes = {}, context: CreateDumpContext = {}) {
	const error: Error & { hint?: string } = await dump(database, changes, context).then(
		() => Promise.reject(new Error('The dump succeeded')),
		(reason: Error) => reason,
	);
	expect(await scratch.files()).toEqual([]);
	expect(await traces()).toEqual(NO_TRACES);
	return error;
}

const admin = <T>(database: string, sql: string) =>
	withAdmin(postgres, database, async (client) => (await client.query(sql)).rows as T[]);

/** A login with `rights`, as the server of a dump. */
async function login(user: string, database: string, rights: string) {
	await admin('postgres', `CREATE ROLE ${user} LOGIN PASSWORD 'pw'`);
	await admin(database, rights);
	return { ...postgres.server(database), user, password: 'pw' };
}

describe('refused before anything starts', () => {
	test('tables and sequences that the user may not read are named, with the grant', async () => {
		await createDatabase(
			postgres,
			'rights',
			`${SMALL}; CREATE SCHEMA s; CREATE TABLE s.t (id serial)`,
		);
		const server = await login('reader', 'rights', 'GRANT SELECT ON small TO reader');
		const error = await failure('rights', { server });
		expect(error.name).toBe('BackupError');
		expect(error.message).toMatch(/"reader" may not read .*: public\.other, s\.t, s\.t_id_seq\.$/);
		expect(error.hint).toBe('Have an administrator run: GRANT pg_read_all_data TO reader;');
		await admin('rights', 'GRANT pg_read_all_data TO reader');
		expect(fingerprintOf(await dump('rights', { server }), 'postgres')?.tables).toHaveLength(3);
	});

	test('row-level security that would hide rows is named', async () => {
		await createDatabase(
			postgres,
			'policies',
			`${SMALL}; ALTER TABLE small ENABLE ROW LEVEL SECURITY;
			CREATE POLICY none ON small USING (false)`,
		);
		const server = await login('limited', 'policies', 'GRANT pg_read_all_data TO limited');
		const error = await failure('policies', { server });
		expect(error.message).toMatch(/Row-level security hides rows .* in: public\.small\./);
		expect(error.hint).toMatch(/BYPASSRLS/);
		const selection = { excludeTableData: ['public.small'] };
		expect(
			fingerprintOf(await dump('policies', { server, selection }), 'postgres')?.tables,
		).toHaveLength(1);
	});

	test('names that do not exist are listed', async () => {
		const error = await failure('small', {
			selection: { excludeTables: ['public.gone', 'public.small'], includeSchemas: ['nowhere'] },
		});
		expect(error.name).toBe('ConfigurationError');
		expect(error.message).toMatch(/schema nowhere, table public\.gone\./);
	});

	test('a wrong password is no secret told', async () => {
		const server = { ...postgres.server('small'), password: `wrong'"\\ $(x)` };
		const error = await failure('small', { server });
		expect(error.name).toBe('ConnectionError');
		expect(`${error.message}${error.hint}`).not.toContain(server.password);
	});

	test('a folder without pg_dump is named where the native engine is a must', async () => {
		const error = await failure('small', { engine: 'native', binariesDirectory: '/nonexistent' });
		expect(error.name).toBe('ConfigurationError');
		expect(error.message).toMatch(/Postgres 15 server\. No pg_dump was found in the configured/);
	});

	test('a disk without room is told before the dump', async () => {
		const [store] = scratch.repository.stores;
		const full = Object.assign(Object.create(store ?? null), { freeBytes: async () => 100_000 });
		const repository = { ...scratch.repository, stores: [full] };
		const error = await failure('large', { repository });
		expect(error.name).toBe('ConfigurationError');
		expect(error.message).toMatch(/not enough room .*: 1 MB are free, about \d+ MB are needed/);
	});
});

describe('somebody else is at the database', () => {
	test('a lock that does not go away is reported with its holder', async () => {
		const holder = await postgres.admin('small');
		await holder.query(
			`SET application_name = 'migration'; BEGIN; LOCK TABLE other IN ACCESS EXCLUSIVE MODE`,
		);
		const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
		try {
			const error = await failure('small', { lockTimeoutSeconds: 0.3 });
			expect(error.name).toBe('BackupError');
			expect(error.message).toContain(
				`public.other is locked by session ${rows[0]?.pid} (migration)`,
			);
		} finally {
			await holder.end();
		}
		expect(await traces()).toEqual(NO_TRACES);
	});

	test('a second dump of the same database is a conflict, of another one is not', async () => {
		let second: Promise<Error> | undefined;
		let other: Promise<unknown> | undefined;
		await dump(
			'large',
			{ engine: 'native' },
			{
				onProgress: ({ rawBytes }) => {
					if (rawBytes === 0) return;
					second ??= dump('large', { name: 'second' }).then(
						() => new Error('Both succeeded'),
						(error: Error) => error,
					);
					other ??= dump('small');
				},
			},
		);
		expect(await second).toMatchObject({ name: 'ConflictError' });
		await other;
	});

	test('tables that come and go while they are locked are listed again', async () => {
		await createDatabase(postgres, 'moving', SMALL);
		const client = await postgres.admin('moving');
		await client.query(
			'BEGIN; LOCK TABLE small IN ACCESS EXCLUSIVE MODE; CREATE TABLE late (c int)',
		);
		try {
			const running = dump('moving');
			await sleep(700);
			await client.query('COMMIT');
			const tables = fingerprintOf(await running, 'postgres')?.tables.map(({ name }) => name);
			expect(tables).toEqual(['late', 'other', 'small']);
		} finally {
			await client.end();
		}
	});
});

describe.each(['native', 'embedded'] as const)('%s: interrupted in the middle', (engine) => {
	test('a cancel leaves no process, session or file', async () => {
		const cancel = new AbortController();
		const error = await failure(
			'large',
			{ engine },
			{
				signal: cancel.signal,
				onProgress: ({ rawBytes }) => {
					if (rawBytes > 1_000_000) cancel.abort();
				},
			},
		);
		expect(error.name).toBe('CancelledError');
		expect(await traces()).toEqual(NO_TRACES);
	});

	test('a session that is ended by an administrator fails the dump', async () => {
		let ended: Promise<unknown> | undefined;
		const error = await failure(
			'large',
			{ engine },
			{
				onProgress: ({ rawBytes }) => {
					if (rawBytes < 1_000_000) return;
					ended ??= admin(
						'postgres',
						`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE application_name = 'n8n-dr-pgdump'`,
					);
				},
			},
		);
		await ended;
		expect(error.name).toBe('BackupError');
		// A server that was just sending rows has no room left for its last words.
		expect(error.message).toMatch(/terminating connection|closed the connection unexpectedly/);
		expect(await traces()).toEqual(NO_TRACES);
	});

	test('a server that stops fails the dump', async () => {
		const victim = await startPostgres({ major: 15 });
		try {
			await createDatabase(victim, 'large', LARGE);
			let stopped: Promise<void> | undefined;
			const input = dumpInput(victim, 'large', scratch.repository, { engine });
			const error = await createDump(input, {
				onProgress: ({ rawBytes }) => {
					if (rawBytes > 1_000_000) stopped ??= victim.stop();
				},
			}).catch((reason: Error) => reason);
			await stopped;
			expect(error).toMatchObject({ name: 'BackupError' });
			expect(await scratch.files()).toEqual([]);
		} finally {
			await victim.stop();
		}
	});

	test('a dump that stands still is given up', async () => {
		const [store] = scratch.repository.stores;
		const stuck = Object.assign(Object.create(store ?? null), {
			createWriter: async (...args: Parameters<NonNullable<typeof store>['createWriter']>) => {
				const writer = await store?.createWriter(...args);
				// It takes bytes, and never says that it has room for more.
				if (writer) writer.stream._write = () => undefined;
				return writer;
			},
		});
		const repository = { ...scratch.repository, stores: [stuck] };
		const error = await failure(
			'large',
			{ engine, repository, compression: { algorithm: 'none' } },
			{
				stallAfterMs: 500,
			},
		);
		expect(error.name).toBe('BackupError');
		expect(error.message).toMatch(/no byte came for 0\.5 s, after [\d.]+ MB/);
		expect(await traces()).toEqual(NO_TRACES);
	});
});

test('where the lock table is too small, the setting to raise is named', async () => {
	const crowded = await startPostgres({
		major: 15,
		settings: { max_locks_per_transaction: '10', max_connections: '10' },
	});
	try {
		const tables = Array.from({ length: 25 }, (_, i) => `p${i}`);
		await createDatabase(crowded, 'crowded', 'SELECT 1');
		for (const name of tables) {
			await withAdmin(crowded, 'crowded', (client) =>
				client.query(
					Array.from({ length: 60 }, (_, i) => `CREATE TABLE ${name}_${i} ()`).join('; '),
				),
			);
		}
		const input = dumpInput(crowded, 'crowded', scratch.repository, { engine: 'native' });
		await expect(createDump(input)).rejects.toMatchObject({
			name: 'BackupError',
			hint: expect.stringContaining('max_locks_per_transaction'),
		});
		expect(await scratch.files()).toEqual([]);
	} finally {
		await crowded.stop();
	}
});
