import workerThreads, { type Worker, type WorkerOptions } from 'node:worker_threads';

import { createDump } from '../../../core/postgres/create-dump';
import { fingerprintOf } from '../../../core/repository/fingerprint';
import { NO_TRACES, tracesOf } from '../../support/aftermath';
import { eventually } from '../../support/eventually';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { programsWith } from '../../support/process-table';
import { type HeldRepository, holdRepository } from '../../support/repository/held-repository';

const CONTENT = `CREATE TABLE large AS
	SELECT i, (SELECT string_agg(md5(i || ' ' || j), '') FROM generate_series(1, 100) j) AS v
	FROM generate_series(1, 6000) i`;

let postgres: RunningPostgres;
let scratch: ScratchRepository;
let held: HeldRepository;

beforeAll(async () => {
	postgres = await startPostgres({ major: 15 });
	await createDatabase(postgres, 'large', CONTENT);
});
afterAll(() => postgres?.stop());

beforeEach(async () => {
	scratch = await scratchRepository();
	held = holdRepository(scratch.repository);
});
afterEach(() => scratch.remove());

type Engine = 'native' | 'embedded';

const start = (engine: Engine, repository = held.repository) =>
	createDump(
		dumpInput(postgres, 'large', repository, { engine, compression: { algorithm: 'none' } }),
	);

const scene = () => ({
	...{ postgres, repository: scratch.repository, directory: scratch.root, inProcess: true },
});

/** The error of a dump that has to fail, after which nothing is left of it and the next one succeeds. */
async function failure(running: Promise<unknown>, engine: Engine): Promise<Error> {
	const error: Error = await running.then(
		() => Promise.reject(new Error('The dump succeeded')),
		(reason: Error) => reason,
	);
	expect(await tracesOf(scene())).toEqual(NO_TRACES);
	expect(await scratch.files()).toEqual([]);
	const manifest = await start(engine, scratch.repository);
	expect(fingerprintOf(manifest, 'postgres')?.tables).toMatchObject([
		{ name: 'large', rows: 6_000 },
	]);
	expect(await tracesOf(scene())).toEqual(NO_TRACES);
	return error;
}

async function killPgDump(signal: NodeJS.Signals): Promise<void> {
	const [program] = await eventually(async () => {
		const found = await programsWith([`PGPORT=${postgres.port}`]);
		const dumping = found.filter((line) => line.includes('--format=custom'));
		expect(dumping).toHaveLength(1);
		return dumping;
	});
	process.kill(Number.parseInt(program!, 10), signal);
}

describe('A native pg_dump', () => {
	const ENDED = {
		SIGKILL: /^pg_dump was ended by SIGKILL, and said nothing/,
		SIGTERM: /^pg_dump (was ended by SIGTERM|failed: terminated by user)/,
	};

	it.each(['SIGKILL', 'SIGTERM'] as const)('that is ended by %s at its start', async (signal) => {
		const running = start('native');
		running.catch(() => undefined);
		await killPgDump(signal);
		held.release();
		const error = await failure(running, 'native');
		expect(error.message).toMatch(ENDED[signal]);
		expect(error.name).toBe('BackupError');
	});

	it.each(['SIGKILL', 'SIGTERM'] as const)('that is ended by %s in its middle', async (signal) => {
		const running = start('native');
		running.catch(() => undefined);
		await held.reached;
		await killPgDump(signal);
		held.release();
		expect((await failure(running, 'native')).message).toMatch(ENDED[signal]);
	});
});

describe('The worker of the embedded pg_dump', () => {
	/** The next worker that is started, or what is started in its place. */
	function intercept(script?: string, options?: WorkerOptions): Worker[] {
		const started: Worker[] = [];
		const { Worker: Original } = workerThreads;
		const start = (file: string, given: WorkerOptions) => {
			const worker = script
				? new Original(script, { eval: true, ...options })
				: new Original(file, given);
			started.push(worker);
			spy.mockRestore();
			return worker;
		};
		const spy = jest.spyOn(workerThreads, 'Worker').mockImplementation(start as never);
		return started;
	}

	it('is terminated in its middle', async () => {
		const workers = intercept();
		const running = start('embedded');
		running.catch(() => undefined);
		await held.reached;
		await workers[0]!.terminate();
		held.release();
		const error = await failure(running, 'embedded');
		expect(error.message).toBe('The built-in pg_dump stopped before it had finished.');
	});

	it.each([
		['runs out of memory', 'const a = []; for (;;) a.push(new Array(1e5).fill(a.length))'],
		['throws what nobody catches', "setTimeout(() => { throw new Error('broken') }, 50)"],
		['exits', 'setTimeout(() => process.exit(3), 50)'],
	])('%s', async (_how, script) => {
		intercept(script, { resourceLimits: { maxOldGenerationSizeMb: 32 } });
		const error = await failure(start('embedded'), 'embedded');
		expect(error.name).toBe('BackupError');
		expect(error.message).toMatch(/^The built-in pg_dump stopped before it had finished/);
	});
});

describe.each(['native', 'embedded'] as const)(
	'A server that crashes in mid-dump (%s)',
	(engine) => {
		const LOST = /terminating connection|closed the connection unexpectedly|connection .* was lost/;

		it.each(['SIGKILL', 'SIGQUIT'] as const)('as a whole, by %s', async (how) => {
			const running = start(engine);
			running.catch(() => undefined);
			await held.reached;
			const startAgain = await postgres.crash(how);
			held.release();
			const error: Error = await running.then(
				() => new Error('The dump succeeded'),
				(reason: Error) => reason,
			);
			expect(error.message).toMatch(LOST);
			expect(await scratch.files()).toEqual([]);
			await startAgain();
			await failure(Promise.reject(error), engine);
		});

		it('in the process of one session', async () => {
			const running = start(engine);
			running.catch(() => undefined);
			await held.reached;
			const [session] = await withAdmin(postgres, 'postgres', async (admin) => {
				const { rows } = await admin.query<{ pid: number }>(
					"SELECT pid FROM pg_stat_activity WHERE application_name = 'n8n-dr-pgdump'",
				);
				return rows;
			});
			process.kill(session!.pid, 'SIGKILL');
			held.release();
			const error: Error = await running.then(
				() => new Error('The dump succeeded'),
				(reason: Error) => reason,
			);
			// It starts again by itself.
			await eventually(() => withAdmin(postgres, 'postgres', (admin) => admin.query('SELECT 1')));
			expect((await failure(Promise.reject(error), engine)).message).toMatch(LOST);
		});
	},
);
