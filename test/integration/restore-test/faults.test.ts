import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, ConfigurationError, RestoreError } from '../../../core/errors';
import { makeScratchFolder } from '../../../core/postgres/restore-test/in-process/scratch-folder';
import { provideDataDirectory } from '../../../core/postgres/restore-test/in-process/template';
import type { RestoreTestOptions } from '../../../core/postgres/restore-test/restore-test';
import { verifyDump } from '../../../core/postgres/verify-dump';
import { type BackupRef, listBackups } from '../../../core/repository/catalogue';
import { CoreProcess } from '../../support/crash/core-process';
import { eventually } from '../../support/eventually';
import { descendants } from '../../support/process-table';
import { RestoreBench } from '../restore/restore-bench';
import { stallingRepository } from '../restore/stalling-repository';

let bench: RestoreBench;
let home: string;
let scratch: string;
let backup: BackupRef;

beforeAll(async () => {
	bench = await RestoreBench.start();
	home = await mkdtemp(join(tmpdir(), 'dr-faults-'));
	scratch = join(home, 'scratch');
	await mkdir(scratch);
	await bench.create(
		'large',
		`CREATE TABLE item AS SELECT n AS id, md5(n::text) AS a, repeat(md5((n + 1)::text), 6) AS b
			FROM generate_series(1, 60000) n;
		CREATE INDEX ON item (b)`,
	);
	backup = await bench.backUp('large');
	// Every test but the last begins with a cached database.
	await provideDataDirectory(join(home, 'empty'), join(home, 'cache'));
}, 120_000);
afterAll(async () => {
	await bench.stop();
	await rm(home, { recursive: true, force: true });
});

const verify = (
	options: Partial<RestoreTestOptions> = {},
	signal?: AbortSignal,
	repository = bench.repository,
) =>
	verifyDump(
		{
			...{ repository, backup, level: 'restored' },
			restoreTest: { scratchDirectory: scratch, cacheDirectory: join(home, 'cache'), ...options },
		},
		{ ...(signal && { signal }) },
	);
const databaseProcesses = async (pid = process.pid) =>
	(await descendants(pid)).filter((line) => line.includes('in-process/child.js'));
const expectNothingLeft = async () => {
	expect(await readdir(scratch)).toEqual([]);
	expect(await databaseProcesses()).toEqual([]);
	expect((await bench.databases()).filter((name) => name.includes('_verify_'))).toEqual([]);
	const { backups } = await listBackups(bench.repository, { component: 'postgres' });
	expect(backups.flatMap(({ verifications }) => verifications)).toEqual([]);
};

it('can be cancelled at any moment', async () => {
	for (const after of [0, 50, 700, 1500, 2500]) {
		const stop = new AbortController();
		// On a fast machine it would be done before the last of them.
		const { repository } = stallingRepository(bench.repository, 1_000_000);
		const verifying = verify({}, stop.signal, repository);
		const outcome = expect(verifying).rejects.toBeInstanceOf(CancelledError);
		await sleep(after);
		stop.abort();
		await outcome;
		await expectNothingLeft();
	}
	for (const after of [100, 500]) {
		const signal = AbortSignal.timeout(after);
		const { repository } = stallingRepository(bench.repository, 1_000_000);
		const onServer = verify({ server: bench.server(), engine: 'own' }, signal, repository);
		await expect(onServer).rejects.toBeInstanceOf(CancelledError);
		await expectNothingLeft();
	}
}, 60_000);

it('says so when its database is killed', async () => {
	const outcome = expect(verify()).rejects.toMatchObject({
		name: RestoreError.name,
		message: expect.stringMatching(/test database .*was ended by SIGKILL/),
		hint: expect.stringContaining('scratch server'),
	});
	const [line] = await eventually(async () => {
		const found = await databaseProcesses();
		expect(found).toHaveLength(1);
		expect(found.join()).toContain('"serve"');
		return found;
	});
	process.kill(Number.parseInt(line ?? '', 10), 'SIGKILL');
	await outcome;
	await expectNothingLeft();
}, 60_000);

it('leaves no process when its own is killed, and no folder after the next run', async () => {
	const core = await CoreProcess.start(home);
	const running = core.run({
		action: 'verify',
		repository: { directory: { path: bench.directory }, encryption: { kind: 'none' } },
		input: {
			...{ backup, level: 'restored' },
			restoreTest: { scratchDirectory: scratch, cacheDirectory: join(home, 'cache') },
		},
	});
	const [line] = await eventually(async () => {
		const found = await databaseProcesses();
		expect(found).toHaveLength(1);
		return found;
	});
	core.kill();
	expect(await running).toMatchObject({ killed: true });
	const pid = Number.parseInt(line ?? '', 10);
	await eventually(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
	expect(await readdir(scratch)).toHaveLength(1);
	await (await makeScratchFolder(0, scratch)).remove();
	await expectNothingLeft();
}, 60_000);

it('lets a folder be whose run is alive', async () => {
	const alive = await makeScratchFolder(0, scratch);
	await (await makeScratchFolder(0, scratch)).remove();
	expect(await readdir(scratch)).toHaveLength(1);
	await alive.remove();
});

it('refuses what is too large or has no room, before anything is read', async () => {
	await expect(verify({ maxBytes: 1e6 })).rejects.toMatchObject({
		name: ConfigurationError.name,
		message: expect.stringContaining('0.001 GB is the limit'),
		hint: expect.stringMatching(/Raise the limit .* scratch server/),
	});
	await expect(makeScratchFolder(1e15, scratch)).rejects.toThrow(
		/not enough room .* MB are needed/,
	);
	await expect(verify({ scratchDirectory: join(home, 'nowhere') })).rejects.toThrow(
		/cannot be used/,
	);
	await expectNothingLeft();
});

it('calls a copy that was cut damaged', async () => {
	const cut = await bench.backUp('large', { at: new Date(Date.UTC(2026, 0, 1)) });
	const directory = join(bench.directory, 'postgres', cut.name, cut.id);
	const file = (await readdir(directory)).find((name) => name.includes('.dump'));
	await truncate(join(directory, file ?? ''), 1_000_000);
	const result = await verifyDump({
		...{ repository: bench.repository, backup: cut, level: 'restored' },
		restoreTest: { scratchDirectory: scratch, cacheDirectory: join(home, 'cache') },
	});
	expect(result).toMatchObject({ passed: false, verifiedIn: [] });
	expect(result.problems.join()).toMatch(/damaged/);
	await expectNothingLeft();
}, 60_000);

it('passes twice at once without a cached database, and without a place for one', async () => {
	const cacheDirectory = join(home, 'cold');
	const results = await Promise.all([verify({ cacheDirectory }), verify({ cacheDirectory })]);
	expect(results.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
	expect(await readdir(cacheDirectory)).toEqual([expect.stringMatching(/^pglite-/)]);
	const noFolder = join(home, 'file');
	await writeFile(noFolder, '');
	expect(await verify({ cacheDirectory: join(noFolder, 'cache') })).toMatchObject({
		outcome: 'passed',
	});
	expect(await readdir(scratch)).toEqual([]);
}, 120_000);
