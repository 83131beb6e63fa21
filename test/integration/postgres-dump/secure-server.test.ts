import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
	describeServer,
	listDatabases,
	listSchemas,
	listTables,
} from '../../../core/postgres/browse';
import { createDump } from '../../../core/postgres/create-dump';
import { surveyDatabases } from '../../../core/postgres/server-databases';
import { createServerCertificate } from '../../support/certificates';
import {
	createDatabase,
	dumpInput,
	type ScratchRepository,
	scratchRepository,
	withAdmin,
} from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { fingerprintOf } from '../../../core/repository/fingerprint';

const PASSWORD = `a'b"c\\ d=1 $(x) ;é🔑#%41`;

let postgres: RunningPostgres;
let scratch: ScratchRepository;

beforeAll(async () => {
	[postgres, scratch] = await Promise.all([
		startPostgres({ major: 15, tls: true }),
		scratchRepository(),
	]);
	await createDatabase(
		postgres,
		'shop',
		`CREATE SCHEMA "My schema"; CREATE TABLE "My schema"."Ta""ble" (a int); CREATE TABLE plain (a int);
		CREATE TABLE parts (a int) PARTITION BY LIST (a); CREATE TABLE part PARTITION OF parts DEFAULT;
		CREATE ROLE odd LOGIN PASSWORD '${PASSWORD.replaceAll("'", "''")}'; GRANT pg_read_all_data TO odd;
		CREATE ROLE poor LOGIN PASSWORD 'x';`,
	);
});

afterAll(async () => {
	await Promise.all([postgres?.stop(), scratch?.remove()]);
});

/** What lies in the temporary folder for programs to read; other tests may have theirs there. */
async function certificateFiles(): Promise<(string | undefined)[]> {
	const folders = (await readdir(tmpdir())).filter((name) => name.startsWith('n8n-dr-ca-'));
	return await Promise.all(
		folders.map(async (folder) => {
			const file = join(tmpdir(), folder, 'ca.pem');
			return await readFile(file, 'utf8').then(
				(text) => text.trim(),
				() => undefined,
			);
		}),
	);
}

describe.each(['native', 'embedded'] as const)('%s', (engine) => {
	test.each(['require', 'verify-full'] as const)('dumps over TLS, mode %s', async (mode) => {
		const tls = mode === 'require' ? { mode } : { mode, ca: postgres.ca ?? '' };
		const server = { ...postgres.server('shop'), user: 'odd', password: PASSWORD, tls };
		const manifest = await createDump(
			dumpInput(postgres, 'shop', scratch.repository, {
				...{ engine, server, name: `${engine}-${mode}` },
			}),
		);
		expect(fingerprintOf(manifest, 'postgres')?.tables).toHaveLength(3);
		expect(JSON.stringify(manifest)).not.toContain(PASSWORD);
		expect(await certificateFiles()).not.toContain(postgres.ca?.trim());
	});

	test('does not dump from a server whose certificate is refused', async () => {
		const { ca } = await createServerCertificate();
		const server = { ...postgres.server('shop'), tls: { mode: 'verify-full', ca } as const };
		await expect(
			createDump(dumpInput(postgres, 'shop', scratch.repository, { engine, server })),
		).rejects.toMatchObject({ name: 'ConnectionError' });
	});
});

describe('pickers and the test of the credential', () => {
	test('list what can be chosen', async () => {
		const server = postgres.server('shop');
		expect(await listDatabases(server)).toEqual(['postgres', 'shop']);
		expect(await listSchemas(server)).toEqual(['My schema', 'public']);
		expect(await listTables(server)).toEqual([
			{ schema: 'My schema', name: 'Ta"ble', identifier: '"My schema"."Ta""ble"' },
			{ schema: 'public', name: 'parts', identifier: 'public.parts' },
			{ schema: 'public', name: 'plain', identifier: 'public.plain' },
		]);
	});

	test('say in a sentence what this user can do', async () => {
		const as = (user: string, password: string) =>
			describeServer({ ...postgres.server('shop'), user, password });
		expect(await as('odd', PASSWORD)).toEqual({
			canBackUp: true,
			sentence: expect.stringMatching(
				/^Connected to a Postgres 15\.\d+ server, database "shop" \(\d+ MB\)\. The user "odd" can read every table\.$/,
			) as string,
		});
		expect(await as('poor', 'x')).toEqual({
			canBackUp: false,
			sentence: expect.stringMatching(/cannot read 4 of the tables and sequences/) as string,
		});
	});

	test('leave out databases that this user may not open', async () => {
		await withAdmin(postgres, 'postgres', async (admin) => {
			await admin.query('CREATE DATABASE closed');
			await admin.query('REVOKE CONNECT ON DATABASE closed FROM PUBLIC');
		});
		const server = { ...postgres.server('shop'), user: 'poor', password: 'x' };
		expect(await listDatabases(server)).toEqual(['postgres', 'shop']);
		// Whoever looks after backups has to know of it all the same.
		const plain = { accessible: true, current: false, ofRestore: false };
		expect(await surveyDatabases(server)).toEqual([
			{ ...plain, database: 'closed', backupName: 'closed', accessible: false },
			{ ...plain, database: 'postgres', backupName: 'postgres' },
			{ ...plain, database: 'shop', backupName: 'shop', current: true },
		]);
	});
});
