import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledError, WrongKeyError } from '../../../core/errors';
import { verifyDump, type VerifyDumpInput } from '../../../core/postgres/verify-dump';
import { type BackupRef, listBackups } from '../../../core/repository/catalogue';
import { chooseBackup } from '../../../core/repository/choose-backup';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { RestoreBench } from './restore-bench';

let bench: RestoreBench;
let minute = 0;

beforeAll(async () => {
	bench = await RestoreBench.start({ encrypted: true });
	await bench.create(
		'source',
		`CREATE TABLE item (id int PRIMARY KEY, name text);
		INSERT INTO item SELECT n, 'item ' || n FROM generate_series(1, 3000) n;
		CREATE TABLE empty (); SELECT lo_from_bytea(0, 'x')`,
	);
});
afterAll(() => bench.stop());

const nextBackup = (options: Parameters<RestoreBench['backUp']>[1] = {}) =>
	bench.backUp('source', { at: new Date(Date.UTC(2026, 0, 1, 0, minute++)), ...options });
const verify = (backup: BackupRef, level: VerifyDumpInput['level'], signal?: AbortSignal) =>
	verifyDump({ repository: bench.repository, backup, level }, { ...(signal && { signal }) });
const levels = async (backup: BackupRef) => {
	const { backups } = await listBackups(bench.repository, { component: 'postgres' });
	return backups.find(({ id }) => id === backup.id)?.verifications.map(({ level }) => level);
};
const payloadOf = async ({ name, id }: BackupRef) => {
	const folder = join(bench.directory, 'postgres', name, id);
	const file = (await readdir(folder)).find((entry) => entry.includes('.dump'));
	return join(folder, file ?? '');
};

describe('verifyDump', () => {
	it('proves a whole backup and records that beside it', async () => {
		const backup = await nextBackup();
		const bytesAlone = await verify(backup, 'stored');
		expect(bytesAlone).toMatchObject({ level: 'stored', passed: true });
		expect(bytesAlone).not.toHaveProperty('rows');
		const result = await verify(backup, 'readable');
		expect(result).toMatchObject({
			...{ level: 'readable', passed: true, backupId: backup.id },
			...{ tables: 2, rows: 3000, problems: [] },
		});
		expect(result.bytes).toBeGreaterThan(30_000);
		expect(await levels(backup)).toEqual(expect.arrayContaining(['stored', 'readable']));
		const chosen = await chooseBackup(
			bench.repository,
			{ component: 'postgres', name: 'bench' },
			'newest-verified',
		);
		expect(chosen.backup).toEqual(backup);
	});

	it('does not pass, nor record, a backup with one wrong byte', async () => {
		const backup = await nextBackup();
		const path = await payloadOf(backup);
		const bytes = await readFile(path);
		bytes[bytes.length - 10]! ^= 1;
		await writeFile(path, bytes);
		for (const level of ['stored', 'readable'] as const) {
			const result = await verify(backup, level);
			expect(result.passed).toBe(false);
			expect(result.problems).toHaveLength(1);
		}
		expect(await levels(backup)).toEqual([]);
	});

	describe('in two stores', () => {
		let second: string;
		let both: Repository;

		beforeAll(async () => {
			second = await mkdtemp(join(tmpdir(), 'dr-second-'));
			const directory = { path: second };
			const [other] = openRepository({ directory, encryption: { kind: 'none' } }).stores;
			both = {
				...bench.repository,
				stores: [...bench.repository.stores, ...(other ? [other] : [])],
			};
		});
		afterAll(() => rm(second, { recursive: true, force: true }));

		it.each(['stored', 'readable'] as const)(
			'is %s where it was proved, and nowhere else',
			async (level) => {
				const backup = await nextBackup();
				const folder = join('postgres', backup.name, backup.id);
				await cp(join(bench.directory, folder), join(second, folder), { recursive: true });
				const copies = both.stores.map(({ label }) => label);
				const request = { repository: both, backup, level };
				expect(await verifyDump(request)).toMatchObject({ passed: true, verifiedIn: copies });

				const first = await payloadOf(backup);
				const bytes = await readFile(first);
				await writeFile(first, bytes.subarray(1));
				const torn = await verifyDump(request);
				expect(torn).toMatchObject({ passed: false, verifiedIn: [copies[1]], warnings: [] });
				expect(torn.problems).toEqual([expect.stringContaining(`${bench.directory}: `)]);

				await rm(join(second, folder, 'manifest.json'));
				await rm(first);
				expect((await verifyDump(request).catch(() => ({ passed: false }))).passed).toBe(false);
			},
		);

		it('passes with a warning where one copy is enough, and is recorded beside that copy only', async () => {
			const backup = await nextBackup();
			const folder = join('postgres', backup.name, backup.id);
			await cp(join(bench.directory, folder), join(second, folder), { recursive: true });
			await truncate(await payloadOf(backup), 10);
			const result = await verifyDump({
				...{ repository: both, backup, level: 'readable', oneCopyIsEnough: true },
			});
			expect(result).toMatchObject({ passed: true, problems: [], tables: 2, rows: 3000 });
			expect(result.warnings).toEqual([expect.stringMatching(/10 bytes where/)]);
			expect((await readdir(join(second, folder))).join()).toContain('verified-readable');
			expect((await readdir(join(bench.directory, folder))).join()).not.toContain('verified');
		});
	});

	it('does not pass a backup whose payload has gone', async () => {
		const backup = await nextBackup();
		await rm(await payloadOf(backup));
		const result = await verify(backup, 'stored');
		expect(result.passed).toBe(false);
		expect(result.problems.join()).toContain(bench.directory);
	});

	it('compares the rows in the archive with those that the database had', async () => {
		const backup = await nextBackup({
			bend: {
				fingerprint: (fingerprint) => ({
					...fingerprint,
					tables: [
						...fingerprint.tables.map((table) => ({ ...table, rows: table.rows + 1 })),
						{ schema: 'public', name: 'forgotten', rows: 5 },
					],
					largeObjects: { count: 2 },
				}),
			},
		});
		const { passed, problems } = await verify(backup, 'readable');
		expect(passed).toBe(false);
		expect(problems).toEqual([
			'The dump holds 0 rows of public.empty, the database had 1.',
			'The dump holds 3000 rows of public.item, the database had 3001.',
			'The rows of public.forgotten are not in the dump; the database had 5.',
			'The dump holds 1 large objects, the database had 2.',
		]);
		expect(await levels(backup)).toEqual([]);
	});

	it('does not call a backup damaged for which the key is wrong', async () => {
		const backup = await nextBackup();
		const other = openRepository({
			directory: { path: bench.directory },
			encryption: { kind: 'passphrase', passphrase: 'another one altogether' },
		});
		await expect(
			verifyDump({ repository: other, backup, level: 'readable' }),
		).rejects.toBeInstanceOf(WrongKeyError);
	});

	it('can be cancelled, and records nothing then', async () => {
		const backup = await nextBackup();
		for (const level of ['stored', 'readable'] as const) {
			await expect(verify(backup, level, AbortSignal.abort())).rejects.toBeInstanceOf(
				CancelledError,
			);
		}
		expect(await levels(backup)).toEqual([]);
	});
});
