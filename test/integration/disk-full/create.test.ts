import { mkdir, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

import { createDump } from '../../../core/postgres/create-dump';
import { verifyDump } from '../../../core/postgres/verify-dump';
import { listBackups } from '../../../core/repository/catalogue';
import { PartialBackupError } from '../../../core/repository/commit';
import { openRepository, type Repository } from '../../../core/repository/repository';
import type { Store } from '../../../core/repository/store';
import {
	createDatabase,
	dumpInput,
	dumpProcessesLeft,
	type ScratchRepository,
	scratchRepository,
	sessionsLeft,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk';

const MB = 1_000_000;
/** About 17 MB in the archive. */
const ROWS = `CREATE TABLE rows AS SELECT i, repeat(md5(i::text), 8) AS v FROM generate_series(1, 65000) i`;

let postgres: RunningPostgres;
let disk: SmallDisk;
let other: ScratchRepository;
let root: string;
let freeAtFirst: number;

beforeAll(async () => {
	postgres = await startPostgres({ major: 15 });
	await createDatabase(postgres, 'large', ROWS);
	await createDatabase(postgres, 'small', 'CREATE TABLE small AS SELECT 1 AS a');
});
afterAll(async () => await postgres?.stop());

beforeEach(async () => {
	disk = await mountSmallDisk(8 * MB);
	root = join(disk.path, 'backups');
	await mkdir(root);
	other = await scratchRepository();
	freeAtFirst = await freeBytes();
});
afterEach(async () => {
	await disk?.remove();
	await other?.remove();
});

const freeBytes = async () => {
	const { bavail, bsize } = await statfs(disk.path);
	return bavail * bsize;
};
const files = async () =>
	(await readdir(root, { recursive: true, withFileTypes: true }))
		.filter((entry) => entry.isFile())
		.map(({ name }) => name);

const onSmallDisk = () =>
	openRepository({ directory: { path: root }, encryption: { kind: 'none' } });

const dump = (
	database: string,
	repository: Repository,
	engine: 'native' | 'embedded' = 'native',
) => {
	const compression = { algorithm: 'none' } as const;
	return createDump(dumpInput(postgres, database, repository, { compression, engine }));
};

async function failureOf(running: Promise<unknown>): Promise<Error> {
	const error = await running.then(
		() => new Error('It succeeded'),
		(reason: Error) => reason,
	);
	expect(error.message).toContain('The disk is full.');
	expect(codesOf(error)).toContain('ENOSPC');
	expect(error).toMatchObject({ hint: expect.stringContaining('Free some space') });
	return error;
}

/** Of the error and all that caused it. */
function codesOf(error: unknown): unknown[] {
	if (!(error instanceof Error)) return [];
	return [(error as NodeJS.ErrnoException).code, ...codesOf(error.cause)];
}

/** The store, on a disk that somebody else fills before the first key that matches is put. */
function filledBefore(repository: Repository, key: RegExp): Repository {
	const stores = repository.stores.map((store) => {
		const putIfAbsent: Store['putIfAbsent'] = async (wanted, ...rest) => {
			if (key.test(wanted)) await disk.fill();
			await store.putIfAbsent(wanted, ...rest);
		};
		return Object.assign(Object.create(store) as Store, { putIfAbsent });
	});
	return { ...repository, stores };
}

async function nothingRuns(): Promise<void> {
	expect(await sessionsLeft(postgres)).toEqual([]);
	expect(await dumpProcessesLeft()).toEqual([]);
}

describe.each(['native', 'embedded'] as const)('%s: a disk that fills up in mid-dump', (engine) => {
	it('ends with its room given back, and nothing that looks like a backup', async () => {
		await failureOf(dump('large', onSmallDisk(), engine));
		expect(await files()).toEqual([]);
		expect(await freeBytes()).toBe(freeAtFirst);
		expect(await listBackups(onSmallDisk())).toEqual({ backups: [], unavailable: [] });
		await nothingRuns();
	});
});

it('leaves the other store its copy, and the message names both', async () => {
	const both = {
		...onSmallDisk(),
		stores: [...onSmallDisk().stores, ...other.repository.stores],
	};
	const error = await failureOf(dump('large', both));
	expect(error).toBeInstanceOf(PartialBackupError);
	const [full, whole] = both.stores.map(({ label }) => label);
	expect(error.message).toContain(`is stored in ${whole}, but not everywhere. The ${full} cannot`);
	expect(await files()).toEqual([]);
	expect(await freeBytes()).toBe(freeAtFirst);
	const { backups } = await listBackups(both);
	expect(backups).toMatchObject([{ committed: true, storedIn: [whole] }]);
	const [backup] = backups;
	const verified = await verifyDump({ repository: both, backup: backup!, level: 'readable' });
	// The store on the full disk was part of the repository, and has no copy.
	expect(verified).toMatchObject({ passed: true, rows: 65_000, verifiedIn: [whole] });
	await nothingRuns();
});

it('at the manifest takes the payload back', async () => {
	await failureOf(dump('small', filledBefore(onSmallDisk(), /manifest\.json$/)));
	expect(await files()).toEqual([]);
	await disk.free();
	expect(await freeBytes()).toBe(freeAtFirst);
	const { id } = await dump('small', onSmallDisk());
	expect(await listBackups(onSmallDisk())).toMatchObject({ backups: [{ id, committed: true }] });
	await nothingRuns();
});

it('at the first byte of a payload leaves nothing either', async () => {
	await disk.fill();
	const running = dump('small', onSmallDisk());
	// The look at the free space comes first, and says so before anything was tried.
	await expect(running).rejects.toThrow(/There is not enough room .*: 0 MB are free/);
	expect(await files()).toEqual([]);
	await nothingRuns();
});

it('at the record of a verification says that only the record is missing', async () => {
	const { id, name, component } = await dump('small', onSmallDisk());
	const backup = { id, name, component };
	const verify = (repository: Repository) => verifyDump({ repository, backup, level: 'readable' });
	const before = await files();
	const error = await failureOf(verify(filledBefore(onSmallDisk(), /verified-/)));
	expect(error.message).toMatch(/^The verification of \S+ could not be recorded everywhere\./);
	expect(await files()).toEqual(before);
	await disk.free();
	expect(await verify(onSmallDisk())).toMatchObject({ passed: true, warnings: [] });
	expect(await files()).toHaveLength(before.length + 1);
});
