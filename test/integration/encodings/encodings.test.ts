import { createDump } from '../../../core/postgres/create-dump';
import { restoreDump, type RestoreDumpInput } from '../../../core/postgres/restore-dump';
import { verifyDump } from '../../../core/postgres/verify-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { createEncoded, looksLike, type Sample, SAMPLES } from './encoded-database';

const NATIVE = '/usr/lib/postgresql/15/bin';

let scratch: ScratchRepository;

beforeAll(async () => {
	scratch = await scratchRepository();
});
afterAll(async () => await scratch?.remove());

/** All of them on the version that the native programs are of; elsewhere what is told apart most. */
const ON = { 13: SAMPLES.slice(2, 4), 15: SAMPLES, 18: SAMPLES.slice(1, 3) };

describe.each([13, 15, 18] as const)('on Postgres %i', (major) => {
	let postgres: RunningPostgres;

	beforeAll(async () => {
		postgres = await startPostgres({ major });
	});
	afterAll(async () => await postgres?.stop());

	async function backUp(database: string, engine: 'embedded' | 'native'): Promise<BackupRef> {
		const { id, name, component, fingerprint } = await createDump(
			dumpInput(postgres, database, scratch.repository, {
				...{ name: `e${major}-${engine}-${names++}`, engine, checksums: 'always' },
				...(engine === 'native' && { binariesDirectory: NATIVE }),
			}),
		);
		expect(fingerprint).toMatchObject({ checksums: true, largeObjects: { count: 2 } });
		return { component, name, id };
	}
	let names = 0;

	async function restore(backup: BackupRef, database: string, how: Partial<RestoreDumpInput>) {
		const result = await restoreDump({
			...{ server: postgres.server(), repository: scratch.repository, backup, database },
			...{ mode: 'new-database', engine: 'own', owners: 'always', privileges: 'always' },
			...{ unsupported: 'refuse', binariesDirectory: NATIVE },
			...how,
		});
		expect(result).toMatchObject({ checksumsCompared: true });
		expect(result.warnings.filter((text) => !text.includes(' has the content of '))).toEqual([]);
		if (how.engine) expect(result.engine.name).toBe(how.engine);
	}

	describe.each(
		ON[major].map((sample, at): [string, Sample] => [`${sample.encoding} ${at}`, sample]),
	)('a database in %s', (source, sample) => {
		let embedded: BackupRef;
		let original: unknown;

		beforeAll(async () => {
			await createEncoded(postgres, source, sample);
			original = await looksLike(postgres, source, sample);
			embedded = await backUp(source, 'embedded');
		});

		it('comes back from a dump of the embedded engine', async () => {
			await restore(embedded, `${source} new`, { engine: 'own' });
			expect(await looksLike(postgres, `${source} new`, sample)).toEqual(original);
			await createDatabase(postgres, `${source} swap`, 'CREATE TABLE before ()');
			await restore(embedded, `${source} swap`, { mode: 'swap' });
			expect(await looksLike(postgres, `${source} swap`, sample)).toEqual(original);
			await restore(embedded, `${source} new`, { mode: 'existing-database' });
			expect(await looksLike(postgres, `${source} new`, sample)).toEqual(original);
		});

		it('is readable, and holds in a restore test on a server', async () => {
			const proof = { ...scratch, backup: embedded };
			const readable = await verifyDump({ ...proof, level: 'readable' });
			expect(readable).toMatchObject({ passed: true, problems: [] });
			const restoreTest = { server: postgres.server() };
			const restored = await verifyDump({ ...proof, level: 'restored', restoreTest });
			expect(restored).toMatchObject({
				...{ outcome: 'passed', problems: [] },
				restoreTest: { checksumsCompared: true, largeObjects: 2 },
			});
		});

		if (major <= 15) {
			it('comes back from a native dump, by either engine', async () => {
				const native = await backUp(source, 'native');
				for (const engine of ['own', 'native'] as const) {
					await restore(native, `${source} ${engine}`, { engine });
					expect(await looksLike(postgres, `${source} ${engine}`, sample)).toEqual(original);
				}
			});
		}
	});
});
