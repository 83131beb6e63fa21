import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RestoreTestOptions } from '../../../core/postgres/restore-test/restore-test';
import { verifyDump } from '../../../core/postgres/verify-dump';
import { listBackups } from '../../../core/repository/catalogue';
import type { PostgresFingerprint } from '../../../core/repository/fingerprint';
import { type Bend, NATIVE_15, RestoreBench } from '../restore/restore-bench';

let bench: RestoreBench;
let folder: string;
let minute = 0;

beforeAll(async () => {
	bench = await RestoreBench.start();
	folder = await mkdtemp(join(tmpdir(), 'dr-compare-'));
	await bench.create(
		'plain',
		`CREATE TABLE item (id bigserial PRIMARY KEY, name text);
		INSERT INTO item (name) SELECT 'item ' || n FROM generate_series(1, 500) n;
		CREATE TABLE "imported" (id serial PRIMARY KEY);
		INSERT INTO "imported" VALUES (7);
		SELECT lo_from_bytea(0, 'one'), lo_from_bytea(0, 'two')`,
	);
}, 60_000);
afterAll(async () => {
	await bench.stop();
	await rm(folder, { recursive: true, force: true });
});

const targets: readonly [string, () => RestoreTestOptions][] = [
	['in process', () => ({ scratchDirectory: folder, cacheDirectory: join(folder, 'cache') })],
	[
		'on a server',
		() => ({ server: bench.server(), engine: 'own', binariesDirectory: NATIVE_15 }) as const,
	],
];

async function test(restoreTest: RestoreTestOptions, bend: Bend = {}) {
	const at = new Date(Date.UTC(2026, 0, 1, 0, minute++));
	const backup = await bench.backUp('plain', { at, bend });
	const result = await verifyDump({
		...{ repository: bench.repository, backup, level: 'restored', restoreTest },
	});
	const { backups } = await listBackups(bench.repository, { component: 'postgres' });
	const records = backups.find(({ id }) => id === backup.id)?.verifications.length;
	expect(records).toBe(result.passed ? 1 : 0);
	expect((await readdir(folder)).filter((name) => name !== 'cache')).toEqual([]);
	expect((await bench.databases()).filter((name) => name.includes('_verify_'))).toEqual([]);
	return result;
}

const recorded =
	(change: Partial<PostgresFingerprint>): Bend['fingerprint'] =>
	(fingerprint) => ({ ...fingerprint, ...change });

describe.each(targets)('a copy %s', (_where, options) => {
	it('passes when it is as recorded, with a warning where the source is no better', async () => {
		const result = await test(options());
		expect(result).toMatchObject({ outcome: 'passed', rows: 501, problems: [] });
		expect(result.warnings.join()).toContain('public.imported_id_seq stands at 1, but 7 is in use');
	});

	it('fails for one value that differs, though every checksum of the backup is right', async () => {
		const raw = (archive: Buffer) =>
			Buffer.from(archive.toString('latin1').replace('\titem 77\n', '\titem 78\n'), 'latin1');
		expect((await test(options(), { raw })).problems).toEqual([
			expect.stringMatching(
				/^public\.item has the right number of rows, but their content differs/,
			),
		]);
	});

	it('fails for every figure that is not as recorded, and names the objects', async () => {
		const fingerprint: Bend['fingerprint'] = (found) => ({
			...found,
			tables: found.tables.map((table) => ({ ...table, rows: table.rows + 1 })),
			sequences: found.sequences.map((sequence) =>
				sequence.name === 'imported_id_seq'
					? { ...sequence, behind: false }
					: { ...sequence, lastValue: '501' },
			),
			largeObjects: { count: 3 },
			objects: [
				{ kind: 'INDEX', schema: 'public', names: ['by_name'] },
				{ kind: 'FUNCTION', schema: 'public', names: ['total(integer, text)'] },
				{ kind: 'TRIGGER', schema: 'public', names: ['item guard'] },
				{ kind: 'CONSTRAINT', schema: 'public', names: ['item item_pkey'] },
			],
		});
		const { problems, outcome } = await test(options(), { fingerprint });
		expect(outcome).toBe('failed');
		expect(problems).toEqual([
			'public.imported has 1 row, the backup recorded 2.',
			'public.item has 500 rows, the backup recorded 501.',
			'The sequence public.item_id_seq stands at 500, the backup recorded 501.',
			'There are 2 large objects, the backup recorded 3.',
			'The sequence public.imported_id_seq stands at 1, but 7 is in use.',
			'The INDEX public.by_name is missing.',
			'The FUNCTION public.total(integer, text) is missing.',
			'The TRIGGER public.item guard is missing.',
		]);
	});

	it('fails for large objects of other content', async () => {
		const { problems } = await test(options(), {
			fingerprint: recorded({ largeObjects: { count: 2, checksum: '12' } }),
		});
		expect(problems).toEqual([expect.stringContaining('their content differs')]);
	});

	it('fails for rows that the database does not take, and says which', async () => {
		const raw = (archive: Buffer) =>
			Buffer.from(archive.toString('latin1').replace('77\titem 77', 'x7\titem 77'), 'latin1');
		expect((await test(options(), { raw })).problems).toEqual([
			expect.stringMatching(/TABLE DATA public\.item: invalid input syntax .* line 77/),
		]);
	});
});
