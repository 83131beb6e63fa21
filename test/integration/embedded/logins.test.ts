import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { escapeIdentifier, escapeLiteral } from 'pg';

import type { PostgresServer } from '../../../core/postgres/connection';
import { startPostgres, type RunningPostgres } from '../../support/postgres-server';
import { dumpArchive, dumpFailure, startDump, untilWaiting } from './dumping';

const ODD_PASSWORDS = {
	'quotes and backslashes': String.raw`'"\'\\"`,
	'what a shell would read': '$HOME `id` $(id) ; | & > < ! * ? # ~',
	'what a connection string would read': "a=b host=evil 'x' %41 %% postgres://u:p@h/d?x=1",
	'spaces at both ends': '  in and out  ',
	'letters of many alphabets': 'pässwörd-пароль-密码-🔑-é',
	'control characters': 'tab\tnewline\ncarriage\rbell\u0007',
	'a colon and a backslash, as in password files': 'a:b\\:c\\\\d',
	'two hundred characters': 'x'.repeat(200),
};

/** Every login method of a password, each in place of `scram-sha-256` in `pg_hba.conf`. */
const METHODS = ['scram-sha-256', 'md5', 'password'] as const;

describe.each([
	['without TLS', false],
	['with TLS', true],
])('a login %s', (_name, tls) => {
	let postgres: RunningPostgres;

	beforeAll(async () => {
		postgres = await startPostgres({ major: 15, tls });
		const admin = await postgres.admin();
		await admin.query('create table seen as select generate_series(1, 5) as id');
		await admin.end();
	});
	afterAll(async () => await postgres?.stop());

	async function createUser(user: string, password: string, hash: string): Promise<PostgresServer> {
		const admin = await postgres.admin();
		await admin.query(`set password_encryption = '${hash}'`);
		await admin.query(
			`create role ${escapeIdentifier(user)} login superuser password ${escapeLiteral(password)}`,
		);
		await admin.end();
		return { ...postgres.server(), user, password };
	}

	async function setMethod(method: string): Promise<void> {
		const file = join(postgres.dataDirectory, 'pg_hba.conf');
		const rules = await readFile(file, 'utf8');
		await writeFile(file, rules.replace(/^((?:local|host)\s.*\s)\S+$/gm, `$1${method}`));
		const admin = await postgres.admin();
		await admin.query('select pg_reload_conf()');
		await admin.end();
	}

	// The same bytes with TLS and without: both halves of the list are tried once.
	const oddPasswords = Object.entries(ODD_PASSWORDS).filter((_, i) => (i % 2 === 0) === tls);
	it.each(oddPasswords)('works with %s in the password', async (name, password) => {
		const server = await createUser(`user "with" ${name}`, password, 'scram-sha-256');
		expect((await dumpArchive(server)).tables).toEqual([
			{ schema: 'public', name: 'seen', rows: 5 },
		]);
	});

	it.each(METHODS)('works with the method %s', async (method) => {
		await setMethod(method);
		try {
			const hash = method === 'md5' ? 'md5' : 'scram-sha-256';
			const server = await createUser(`by ${method}`, "pä's\\s", hash);
			expect((await dumpArchive(server)).tables).toHaveLength(1);
			const wrong = await dumpFailure(startDump({ ...server, password: 'not it' }));
			expect(wrong.message).toContain('password authentication failed for user');
		} finally {
			await setMethod('scram-sha-256');
		}
	});

	it('is refused in the words of pg_dump, without the password', async () => {
		const password = 'a wrong secret';
		const error = await dumpFailure(startDump({ ...postgres.server(), password }));
		expect(error.name).toBe('BackupError');
		expect(error.message).toBe(
			`pg_dump failed: connection to server at "${postgres.host}", port ${postgres.port} failed: ` +
				'FATAL:  password authentication failed for user "postgres"',
		);
		expect(JSON.stringify(error)).not.toContain(password);
	});

	it('without a password asks nobody and takes none from elsewhere', async () => {
		const error = await dumpFailure(startDump({ ...postgres.server(), password: '' }));
		expect(error.message).toContain('fe_sendauth: no password supplied');
	});

	it.each([
		`it's "odd"`,
		'a b=c host=evil',
		'postgres://x/y?z=%41',
		'back\\slash',
		'dätabase-數據',
	])('reaches the database %s', async (database) => {
		const admin = await postgres.admin();
		await admin.query(`create database ${escapeIdentifier(database)}`);
		await admin.end();
		const archive = await dumpArchive({ ...postgres.server(), database });
		expect(archive.tables).toEqual([]);
	});

	it('shows up as n8n-dr-pgdump in the list of sessions', async () => {
		const admin = await postgres.admin();
		const locker = await postgres.admin();
		await locker.query('begin; lock table seen in access exclusive mode');
		const dump = startDump(postgres.server());
		await untilWaiting(admin, 'Lock:relation');
		await locker.end();
		await admin.end();
		dump.stream.resume();
		await expect(dump.finished).resolves.toEqual({ warnings: [] });
	});
});

describe('a certificate that cannot be verified', () => {
	it('is refused before pg_dump says a word', async () => {
		const postgres = await startPostgres({ major: 15, tls: true });
		try {
			const server = { ...postgres.server(), tls: { mode: 'verify-full' } as const };
			const error = await dumpFailure(startDump(server));
			expect(error.name).toBe('ConnectionError');
			expect(error.message).toMatch(/certificate/i);
		} finally {
			await postgres.stop();
		}
	});
});
