import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { restoreDump } from '../../../core/postgres/restore-dump';
import { verifyDump } from '../../../core/postgres/verify-dump';
import type { BackupRef } from '../../../core/repository/catalogue';
import { writeBackup } from '../../../core/repository/write-backup';
import {
	createDatabase,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { FACTS, requestFor, sourceOf } from '../../support/repository/sample-backup';
import { contentOf, objectsOf, schemaOf } from '../../support/whole-database-content';

const ARCHIVES = join(__dirname, '../../fixtures/archives');
const NATIVE = '/usr/lib/postgresql/15/bin';
const MAJORS = [12, 13, 14, 15, 16, 17, 18] as const;

let scratch: ScratchRepository;
beforeAll(async () => {
	scratch = await scratchRepository();
});
afterAll(async () => await scratch?.remove());

const archive = (name: string) => readFile(join(ARCHIVES, `${name}.dump`));

/** Stores an archive as the backup that a `pg_dump` of this version would have made. */
async function store(payload: Buffer, name: string, version: string): Promise<BackupRef> {
	const facts = {
		...FACTS,
		engine: { name: 'pg_dump', version },
		source: { serverVersion: '12.22', database: 'archived', properties: {} },
	};
	const source = { ...sourceOf(payload), complete: () => Promise.resolve(facts) };
	const { id, component } = await writeBackup(scratch.repository, requestFor(source, { name }));
	return { component, name, id };
}

/**
 * Without two things that the servers of the archives and of the copy see differently: who may use
 * the schema public, which became less with Postgres 15 (archives since then say who could), and names of
 * NOT NULL constraints, which have been known since 18.
 */
function comparable(schema: string): string {
	return schema
		.split(/^(?=--\n-- Name: )/m)
		.filter(
			(entry) => !/^--\n-- Name: (public; Type: SCHEMA|SCHEMA public; Type: ACL);/.test(entry),
		)
		.join('')
		.replace(/ CONSTRAINT \w+_not_null NOT NULL/g, ' NOT NULL');
}

describe('an archive of the real pg_dump', () => {
	const backups = new Map<number, BackupRef>();

	beforeAll(async () => {
		for (const major of MAJORS) {
			const name = `pg_dump-${major}`;
			backups.set(major, await store(await archive(name), name, `${major}.1`));
		}
	});

	it.each(MAJORS)('of version %i is readable', async (major) => {
		const backup = backups.get(major)!;
		const { passed, tables, rows } = await verifyDump({ ...scratch, backup, level: 'readable' });
		expect({ passed, tables, rows }).toEqual({ passed: true, tables: 10, rows: 166 });
	});

	it('of a format that is yet to come is refused', async () => {
		const future = Buffer.from(await archive('pg_dump-18'));
		future[6] = 17;
		const backup = await store(future, 'future', '20.1');
		await expect(verifyDump({ ...scratch, backup, level: 'readable' })).rejects.toMatchObject({
			message: expect.stringContaining('archive version 1.17'),
			hint: expect.stringContaining('pg_dump 12 to 18'),
		});
	});

	it.each([
		['pg_dump-15-gzip', 'gzip'],
		['pg_dump-16-gzip', 'gzip'],
		['pg_dump-16-lz4', 'lz4'],
		['pg_dump-17-zstd', 'zstd'],
	])('that is compressed, as %s, is refused', async (name, algorithm) => {
		const backup = await store(await archive(name), name, '17.1');
		await expect(verifyDump({ ...scratch, backup, level: 'readable' })).rejects.toMatchObject({
			message: expect.stringContaining(`compressed by pg_dump itself, with ${algorithm}`),
			hint: expect.stringContaining('--compress=0'),
		});
	});

	describe.each([15, 16, 18] as const)('on a server of version %i', (serverMajor) => {
		let postgres: RunningPostgres;
		let expected: Awaited<ReturnType<typeof look>>;

		beforeAll(async () => {
			postgres = await startPostgres({ major: serverMajor, settings: { wal_level: 'logical' } });
			await withAdmin(postgres, 'postgres', (admin) =>
				admin.query('CREATE ROLE "app owner"; CREATE ROLE app_reader'),
			);
			const sql = await readFile(join(ARCHIVES, 'source.sql'), 'utf8');
			await createDatabase(postgres, 'made anew', sql, 'TEMPLATE template0');
			expected = await look('made anew');
		});
		afterAll(async () => await postgres?.stop());

		const look = (database: string) =>
			withAdmin(postgres, database, async (client) => ({
				schema: comparable(await schemaOf(postgres.server(database))),
				content: await contentOf(client),
				objects: await objectsOf(client),
			}));

		async function restore(major: number, engine: 'own' | 'native'): Promise<string> {
			const database = `${major} by ${engine}`;
			const { engine: used } = await restoreDump({
				...{ server: postgres.server(), repository: scratch.repository, database },
				...{
					backup: backups.get(major)!,
					mode: 'new-database',
					owners: 'always',
					privileges: 'always',
					unsupported: 'refuse',
				},
				...{ engine, binariesDirectory: NATIVE },
			});
			expect(used.name).toBe(engine);
			return database;
		}

		it.each(MAJORS)('of version %i is what it was made of', async (major) => {
			expect(await look(await restore(major, 'own'))).toEqual(expected);
		});

		if (serverMajor === 15) {
			it.each([12, 15])('of version %i is that by pg_restore too', async (major) => {
				expect(await look(await restore(major, 'native'))).toEqual(expected);
			});

			it.each([16, 17, 18])('of version %i is too new for pg_restore 15', async (major) => {
				await expect(restore(major, 'native')).rejects.toMatchObject({
					message: expect.stringContaining('No pg_restore on this machine'),
					hint: expect.stringMatching(
						major === 16 ? /16 or newer, but older than 17/ : /Only .* 17/,
					),
				});
			});
		}
	});
});
