import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';

import { createDump, type CreateDumpInput } from '../../../core/postgres/create-dump';
import { compareFingerprints, scopeOf, takeFingerprint } from '../../../core/postgres/fingerprint';
import type { PostgresFingerprint } from '../../../core/repository/fingerprint';
import type { Manifest } from '../../../core/repository/manifest';
import { openPayload } from '../../../core/repository/read-backup';
import {
	createDatabase,
	dumpInput,
	dumpProcessesLeft,
	type ScratchRepository,
	scratchRepository,
	sessionsLeft,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';

const PG_RESTORE = '/usr/lib/postgresql/15/bin/pg_restore';

const BOOKINGS = `
	CREATE SCHEMA "Odd ""schema""";
	CREATE TYPE state AS ENUM ('open', 'paid');
	CREATE TABLE bookings (
		id bigserial PRIMARY KEY, state state, price numeric, at timestamptz, note text, raw bytea);
	INSERT INTO bookings (state, price, at, note, raw)
		SELECT 'open', i / 7.0, now() - i * interval '1 minute', md5(i::text), decode(md5(i::text), 'hex')
		FROM generate_series(1, 60000) i;
	CREATE TABLE empty (id int);
	CREATE TABLE no_columns ();
	INSERT INTO no_columns DEFAULT VALUES;
	CREATE TABLE "Odd ""schema"""."ta.ble	with
line" ("co""l" int GENERATED ALWAYS AS IDENTITY, v text);
	INSERT INTO "Odd ""schema"""."ta.ble	with
line" (v) VALUES ('\\.'), (E'tab\\tnew\\nline\\\\'), (NULL);
	CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
	CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
	CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
	INSERT INTO events SELECT i, '2025-12-01'::date + i FROM generate_series(1, 90) i;
	CREATE TABLE parent (a int);
	CREATE TABLE child (b int) INHERITS (parent);
	INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);
	CREATE UNLOGGED TABLE scratch AS SELECT 1 AS a;
	CREATE VIEW paid AS SELECT * FROM bookings WHERE state = 'paid';
	CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM bookings;
	CREATE SEQUENCE never_used;
	CREATE SEQUENCE descending INCREMENT -1; SELECT nextval('descending'), nextval('descending');
	SELECT lo_from_bytea(0, 'one'), lo_from_bytea(0, 'two');
`;

let postgres: RunningPostgres;
let scratch: ScratchRepository;

beforeAll(async () => {
	[postgres, scratch] = await Promise.all([startPostgres({ major: 15 }), scratchRepository()]);
	await createDatabase(postgres, 'bookings', BOOKINGS);
});

afterAll(async () => {
	await Promise.all([postgres?.stop(), scratch?.remove()]);
});

/** Restores with pg_restore of this machine, and takes the fingerprint of the copy. */
async function restoreAndCount(manifest: Manifest, expected: PostgresFingerprint) {
	const copy = `copy_${process.hrtime.bigint()}`;
	await createDatabase(postgres, copy, 'SELECT 1', 'TEMPLATE template0');
	const { stream } = await openPayload(scratch.repository, manifest, {});
	const { PATH } = process.env;
	const env = { PATH, PGHOST: postgres.host, PGPORT: String(postgres.port), PGUSER: postgres.user };
	const restore = spawn(PG_RESTORE, ['--exit-on-error', '--single-transaction', '-d', copy], {
		env: { ...env, PGPASSWORD: postgres.password },
		stdio: ['pipe', 'inherit', 'inherit'],
	});
	const exit = once(restore, 'exit');
	await pipeline(stream, restore.stdin);
	expect(await exit).toEqual([0, null]);
	return await withAdmin(postgres, copy, async (admin) => {
		await admin.query('BEGIN');
		return await takeFingerprint(admin, scopeOf(expected));
	});
}

function fingerprintOf(manifest: Manifest): PostgresFingerprint {
	if (manifest.fingerprint?.component !== 'postgres') throw new Error('There is no fingerprint');
	return manifest.fingerprint;
}

const rowsOf = (manifest: Manifest) =>
	Object.fromEntries(
		fingerprintOf(manifest).tables.map(({ schema, name, rows }) => [`${schema}.${name}`, rows]),
	);

const input = (
	database: string,
	changes: Parameters<typeof dumpInput>[3] & { name: string },
): CreateDumpInput => dumpInput(postgres, database, scratch.repository, changes);

test('the native engine makes a backup that pg_restore turns into the same database', async () => {
	const phases = new Set<string>();
	const manifest = await createDump(input('bookings', { name: 'native', engine: 'native' }), {
		onProgress: ({ phase }) => phases.add(phase),
		n8n: { workflowId: 'w', executionId: 'e' },
	});
	const fingerprint = fingerprintOf(manifest);
	expect(rowsOf(manifest)).toEqual({
		'Odd "schema".ta.ble\twith\nline': 3,
		'public.bookings': 60_000,
		'public.child': 1,
		'public.empty': 0,
		'public.events_2025': 30,
		'public.events_2026': 60,
		'public.no_columns': 1,
		'public.parent': 1,
		'public.scratch': 1,
	});
	expect(fingerprint).toMatchObject({ countedIn: 'snapshot', checksums: true });
	expect(fingerprint.tables.every(({ checksum }) => checksum !== undefined)).toBe(true);
	expect(fingerprint.largeObjects).toEqual({
		count: 2,
		checksum: expect.stringMatching(/^-?\d+$/),
	});
	expect(fingerprint.sequences).toEqual(
		expect.arrayContaining([
			{ schema: 'public', name: 'bookings_id_seq', lastValue: '60000', behind: false },
			{ schema: 'public', name: 'never_used', lastValue: null },
			{ schema: 'public', name: 'descending', lastValue: '-2' },
		]),
	);
	expect(manifest.warnings).toEqual([]);
	expect(manifest.engine.name).toBe('pg_dump (native)');
	expect(manifest.n8n).toEqual({ workflowId: 'w', executionId: 'e' });
	expect([...phases]).toEqual(['preparing', 'locking', 'dumping']);
	expect(compareFingerprints(fingerprint, await restoreAndCount(manifest, fingerprint))).toEqual(
		[],
	);
	expect(await sessionsLeft(postgres)).toEqual([]);
});

test('the embedded engine counts the same, and says which pg_restore can read it', async () => {
	const native = await createDump(input('bookings', { name: 'both', engine: 'native' }));
	const embedded = await createDump(input('bookings', { name: 'embedded', engine: 'embedded' }));
	expect(compareFingerprints(fingerprintOf(native), fingerprintOf(embedded))).toEqual([]);
	expect(embedded.engine.name).toBe('pg_dump (embedded)');
	expect(embedded.howToRestore.join('\n')).toMatch(
		/pg_restore 17 or newer .*\n.*\n.*\n.*postgres:18/,
	);
});

test.each(['native', 'embedded'] as const)(
	'%s: a busy database is backed up as it was at one instant',
	async (engine) => {
		await createDatabase(postgres, `busy_${engine}`, BOOKINGS);
		const writer = await postgres.admin(`busy_${engine}`);
		let writing = true;
		const writes = (async () => {
			while (writing) {
				await writer.query(`
					INSERT INTO bookings (state, note) SELECT 'paid', 'x' FROM generate_series(1, 50);
					UPDATE bookings SET note = md5(random()::text) WHERE id = 1 + floor(random() * 1000);
					INSERT INTO empty VALUES (1)`);
			}
		})();
		try {
			const manifest = await createDump(
				input(`busy_${engine}`, { name: `busy-${engine}`, engine }),
			);
			if (engine === 'native') {
				const expected = fingerprintOf(manifest);
				expect(compareFingerprints(expected, await restoreAndCount(manifest, expected))).toEqual(
					[],
				);
			}
			const { rows } = await writer.query<{ count: string }>('SELECT count(*) FROM bookings');
			expect(Number(rows[0]?.count)).toBeGreaterThan(rowsOf(manifest)['public.bookings'] ?? 0);
		} finally {
			writing = false;
			await writes;
			await writer.end();
		}
	},
);

test('TRUNCATE has to wait until the dump is complete', async () => {
	await createDatabase(postgres, 'truncated', BOOKINGS);
	const admin = await postgres.admin('truncated');
	try {
		let truncating: Promise<unknown> | undefined;
		const manifest = await createDump(input('truncated', { name: 'truncated' }), {
			onProgress: ({ rawBytes }) => {
				if (rawBytes > 0) truncating ??= admin.query('TRUNCATE bookings, empty, events');
			},
		});
		expect(truncating).toBeDefined();
		await truncating;
		expect(rowsOf(manifest)['public.bookings']).toBe(60_000);
		const { rows } = await admin.query('SELECT count(*)::int AS count FROM bookings');
		expect(rows).toEqual([{ count: 0 }]);
	} finally {
		await admin.end();
	}
});

test('a choice of schemas and tables is what lands in the dump', async () => {
	const dumped = async (name: string, selection: Partial<CreateDumpInput['selection']>) =>
		rowsOf(await createDump(input('bookings', { name, selection })));
	const odd = '"Odd ""schema""".';

	expect(Object.keys(await dumped('one-schema', { includeSchemas: ['Odd "schema"'] }))).toEqual([
		'Odd "schema".ta.ble\twith\nline',
	]);
	expect(
		Object.keys(await dumped('no-schema', { excludeSchemas: ['public'], blobs: false })),
	).toEqual(['Odd "schema".ta.ble\twith\nline']);
	expect(
		await dumped('tables', { includeTables: ['public.events', `${odd}"ta.ble\twith\nline"`] }),
	).toEqual({
		'Odd "schema".ta.ble\twith\nline': 3,
		'public.events_2025': 30,
		'public.events_2026': 60,
	});
	const without = await dumped('without', {
		excludeTables: ['public.events', `${odd}"ta.ble\twith\nline"`],
		excludeTableData: ['public.bookings'],
	});
	expect(Object.keys(without)).toEqual([
		'public.child',
		'public.empty',
		'public.no_columns',
		'public.parent',
		'public.scratch',
	]);
});

test('large objects can be left out, and come along with chosen schemas', async () => {
	const count = async (name: string, selection: Partial<CreateDumpInput['selection']>) =>
		fingerprintOf(await createDump(input('bookings', { name, selection }))).largeObjects;
	expect(await count('blobs-off', { blobs: false })).toEqual({ count: 0 });
	expect(await count('blobs-on', { includeSchemas: ['public'] })).toMatchObject({ count: 2 });
});

test('an empty database with an odd name is a backup too', async () => {
	const name = `Empty = "d'b\\ 1`;
	await createDatabase(postgres, name, 'SELECT 1');
	const manifest = await createDump(
		dumpInput(postgres, name, scratch.repository, { engine: 'native' }),
	);
	expect(manifest.name).toMatch(/^empty-d-b-1-[0-9a-f]{10}$/);
	expect(manifest.source.database).toBe(name);
	expect(fingerprintOf(manifest).tables).toEqual([]);
});

test('databases in other encodings are read as UTF-8', async () => {
	await createDatabase(
		postgres,
		'latin',
		`CREATE TABLE "naïve" (v text); INSERT INTO "naïve" VALUES ('é'), ('ß')`,
		`TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'`,
	);
	for (const engine of ['native', 'embedded'] as const) {
		const manifest = await createDump(input('latin', { name: `latin-${engine}`, engine }));
		expect(rowsOf(manifest)).toEqual({ 'public.naïve': 2 });
		expect(manifest.source.properties.encoding).toBe('LATIN1');
	}
});

test('timeouts of the role and database do not end the backup', async () => {
	await createDatabase(postgres, 'hasty', BOOKINGS);
	await withAdmin(postgres, 'hasty', (admin) =>
		admin.query(`ALTER DATABASE hasty SET statement_timeout = 60;
			ALTER DATABASE hasty SET idle_in_transaction_session_timeout = 60`),
	);
	const manifest = await createDump(input('hasty', { name: 'hasty', engine: 'native' }));
	expect(rowsOf(manifest)['public.bookings']).toBe(60_000);
});

test('rows that no text can hold are counted without a checksum, and said so', async () => {
	await createDatabase(
		postgres,
		'unprintable',
		`CREATE TABLE readable AS SELECT 1 AS a;
		ALTER FUNCTION pg_catalog.record_out(record) RENAME TO not_to_be_found`,
	);
	const manifest = await createDump(input('unprintable', { name: 'unprintable' }));
	expect(fingerprintOf(manifest).tables).toEqual([{ schema: 'public', name: 'readable', rows: 1 }]);
	expect(manifest.warnings).toEqual([expect.stringMatching(/public\.readable has no checksum/)]);
});

test('nothing of a dump is left running', async () => {
	expect(await dumpProcessesLeft()).toEqual([]);
	expect(await sessionsLeft(postgres)).toEqual([]);
	expect((await scratch.files()).filter((file) => file.endsWith('.partial'))).toEqual([]);
});
