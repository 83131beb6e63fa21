import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RestoreTestOptions } from '../../../core/postgres/restore-test/restore-test';
import { verifyDump } from '../../../core/postgres/verify-dump';
import { chooseBackup } from '../../../core/repository/choose-backup';
import { NATIVE_15, RestoreBench } from '../restore/restore-bench';

let bench: RestoreBench;
let scratch: string;
let cache: string;

beforeAll(async () => {
	bench = await RestoreBench.start({ encrypted: true });
	scratch = await mkdtemp(join(tmpdir(), 'dr-scratch-'));
	cache = await mkdtemp(join(tmpdir(), 'dr-cache-'));
	await bench.createRich('rich');
}, 60_000);
afterAll(async () => {
	await bench.stop();
	for (const folder of [scratch, cache]) await rm(folder, { recursive: true, force: true });
});

const inProcess = () => ({ scratchDirectory: scratch, cacheDirectory: cache });

describe('verifyDump at level restored', () => {
	it.each<[string, () => RestoreTestOptions, RegExp]>([
		['in process', inProcess, /^PGlite 0\.5\.\d+ \(Postgres 18\.\d+\)$/],
		['on a server, by our own reader', () => server('own'), /^Postgres 15\./],
		['on a server, by pg_restore', () => server('native'), /^Postgres 15\./],
	])(
		'restores one of everything %s, compares it, and leaves nothing',
		async (_where, options, ranOn) => {
			const backup = await bench.backUp('rich');
			const databases = await bench.databases();
			const result = await verifyDump({
				...{ repository: bench.repository, backup, level: 'restored' },
				restoreTest: options(),
			});
			expect(result).toMatchObject({
				...{ level: 'restored', passed: true, outcome: 'passed with exclusions' },
				...{ tables: 13, rows: 8415, problems: [] },
				restoreTest: {
					...{ tables: 13, rows: 8415, sequences: 3, largeObjects: 42 },
					...{ countsCompared: true, checksumsCompared: true },
					exclusions: [{ object: 'SUBSCRIPTION elsewhere', dependents: [] }],
				},
			});
			expect(result.restoreTest?.ranOn).toMatch(ranOn);
			expect(await readdir(scratch)).toEqual([]);
			expect(await bench.databases()).toEqual(databases);
			expect(await bench.ownSessions()).toBe(0);
			const choice = { component: 'postgres', name: 'bench' };
			const chosen = await chooseBackup(bench.repository, choice, 'newest-verified');
			expect(chosen).toMatchObject({ backup, verified: ['restored'] });
		},
		60_000,
	);
});

function server(engine: 'own' | 'native'): RestoreTestOptions {
	return { server: bench.server(), engine, binariesDirectory: NATIVE_15 };
}
