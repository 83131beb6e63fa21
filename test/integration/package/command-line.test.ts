import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fileAt } from '../../../core/files/file-at';
import { storeFile } from '../../../core/files/store-file';
import { createDump } from '../../../core/postgres/create-dump';
import { verifyDump } from '../../../core/postgres/verify-dump';
import { createSnapshot } from '../../../core/redis/create-snapshot';
import { verifySnapshot } from '../../../core/redis/verify-snapshot';
import { DEFAULT_COMPRESSION } from '../../../core/repository/compression';
import type { Encryption } from '../../../core/repository/encryption';
import { createKeyPair } from '../../../core/repository/key-pair';
import type { Manifest } from '../../../core/repository/manifest';
import { openRepository } from '../../../core/repository/repository';
import { verifyBackup } from '../../../core/repository/verify-backup';
import { NO_TRACES, tracesOf } from '../../support/aftermath';
import { eventually } from '../../support/eventually';
import { type Ended, type InstalledCli, installCli } from '../../support/installed-cli';
import { createDatabase, dumpInput, withAdmin } from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { everythingBelow } from '../../support/repository/files-below';
import { type S3Server, startS3Server } from '../../support/s3-server';

const PASSPHRASE = `passphrase ${randomBytes(9).toString('hex')}`;
const ENV_FILE = 'PORT=3000\nPASSWORD="hunter2"\n';
/** Random, so that no compression makes it fit into one read. */
const BOOKINGS = `
	CREATE TABLE bookings (id int PRIMARY KEY, note text);
	INSERT INTO bookings SELECT n, string_agg(gen_random_uuid()::text, '')
		FROM generate_series(1, 3000) n, generate_series(1, 20) GROUP BY n`;

let cli: InstalledCli;
let postgres: RunningPostgres;
let redis: RunningRedis;
let s3: S3Server;
/** Everything that a person has at hand, in files. */
let desk: string;
let backups: string;
let dump: Manifest;
let snapshot: Manifest;
let locked: { path: string; encryption: Encryption };

beforeAll(async () => {
	desk = await mkdtemp(join(tmpdir(), 'dr-desk-'));
	backups = join(desk, 'backups');
	[cli, postgres, redis, s3] = await Promise.all([
		installCli(),
		startPostgres({ major: 17 }),
		startRedis(),
		startS3Server(),
	]);
	const { publicKey, lockedKeyFile } = await createKeyPair(PASSPHRASE);
	locked = {
		path: join(desk, 'backup-key.txt.age'),
		encryption: {
			...{ kind: 'recipients', recipients: [publicKey], identities: [lockedKeyFile] },
			locked: { files: [], passphrase: PASSPHRASE },
		},
	};
	await writeFile(locked.path, lockedKeyFile);
	await createDatabase(postgres, 'mrdj_db', BOOKINGS);
	await redis.admin().mset({ session: 'anna', queue: 'full' });
	await writeFile(join(desk, 'managed.env'), ENV_FILE);
	for (const repository of [inDirectory(), inBucket()]) {
		dump = await createDump(
			dumpInput(postgres, 'mrdj_db', repository, { engine: 'embedded', name: 'mrdj_db' }),
		);
		await verifyDump({ repository, backup: dump, level: 'readable' });
		snapshot = await createSnapshot({
			...{ server: redis.server(), repository, name: 'mrdj-redis', method: 'auto' },
			compression: DEFAULT_COMPRESSION,
		});
		await verifySnapshot({ repository, backup: snapshot, level: 'readable' });
		const { manifest } = await storeFile({
			...{ source: fileAt(join(desk, 'managed.env')), repository, envFile: true },
			...{ onlyWhenChanged: true, compression: DEFAULT_COMPRESSION },
		});
		await verifyBackup({ repository, backup: manifest, level: 'readable' });
	}
}, 300_000);

afterAll(async () => {
	await Promise.all([cli?.remove(), postgres?.stop(), redis?.stop(), s3?.stop()]);
	await rm(desk, { recursive: true, force: true });
});

beforeEach(async () => {
	await withAdmin(postgres, 'mrdj_db', async (admin) => {
		await admin.query(`DELETE FROM bookings; INSERT INTO bookings VALUES (0, 'since then')`);
	});
	const client = redis.admin();
	await client.flushall();
	await client.set('session', 'since then');
	client.disconnect();
});

afterEach(async () => {
	s3.faults.clear();
	expect(everythingBelow(cli.temporary)).toEqual([]);
	const names = await databases();
	for (const name of names.filter((one) => one !== 'mrdj_db')) {
		await withAdmin(postgres, 'postgres', (admin) => admin.query(`DROP DATABASE "${name}"`));
	}
});

const inDirectory = () =>
	openRepository({
		directory: { path: backups },
		encryption: { kind: 'passphrase', passphrase: PASSPHRASE },
	});
const inBucket = () => {
	const { endpoint, bucket, region, accessKeyId, secretAccessKey } = s3;
	return openRepository({
		s3: { endpoint, bucket, region, accessKeyId, secretAccessKey, forcePathStyle: true },
		encryption: locked.encryption,
	});
};
const fromDirectory = () => ['--directory', backups];
const fromBucket = () => [
	...['--s3-bucket', s3.bucket, '--s3-endpoint', s3.endpoint, '--s3-region', s3.region],
	...['--identity', locked.path],
];
const toPostgres = () => ['--user', postgres.user, '--port', String(postgres.port)];
const toRedis = () => ['--port', String(redis.port), '--host', redis.host];
const keys = () => ({
	...{ DR_PASSPHRASE: PASSPHRASE, PGPASSWORD: postgres.password, REDIS_PASSWORD: redis.password },
	...{ AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
});
const intoRedis = () => ['--yes-restore-into', `${redis.host}:${redis.port}`];

/** Runs it to its end with every key, but for `changes`; whatever it writes has no secret in it. */
async function run(args: string[], changes: Record<string, string> = {}): Promise<Ended> {
	return withoutSecrets(await cli.start(args, { ...keys(), ...changes }).ended);
}

function withoutSecrets(ended: Ended): Ended {
	for (const secret of [...Object.values(keys()), 'hunter2'].filter(
		(one) => one !== s3.accessKeyId,
	)) {
		expect(ended.stdout + ended.stderr).not.toContain(secret);
	}
	return ended;
}

async function resultOf(args: string[]): Promise<Record<string, unknown>> {
	const { code, stdout, stderr } = await run([...args, '--json']);
	if (code !== 0) throw new Error(stderr);
	return JSON.parse(stdout) as Record<string, unknown>;
}

async function databases(): Promise<string[]> {
	return await withAdmin(postgres, 'postgres', async (admin) => {
		const { rows } = await admin.query<{ name: string }>(
			`SELECT datname AS name FROM pg_database
			WHERE datname NOT LIKE 'template%' AND datname <> 'postgres' ORDER BY 1`,
		);
		return rows.map(({ name }) => name);
	});
}

async function bookings(database = 'mrdj_db'): Promise<number> {
	return await withAdmin(postgres, database, async (admin) => {
		const { rows } = await admin.query<{ count: number }>(
			'SELECT count(*)::int AS count FROM bookings',
		);
		return rows[0]?.count ?? -1;
	});
}

async function session(): Promise<string | null> {
	const client = redis.admin();
	try {
		return await client.get('session');
	} finally {
		client.disconnect();
	}
}

/** Nothing has happened to anything. */
async function expectUntouched(): Promise<void> {
	expect(await databases()).toEqual(['mrdj_db']);
	expect(await bookings()).toBe(1);
	expect(await session()).toBe('since then');
}

it('needs no package of n8n, and finds its way from any folder', async () => {
	expect(existsSync(join(cli.folder, 'node_modules/n8n-workflow'))).toBe(false);
	const { code, stdout } = await cli.start(['--help']).ended;
	expect(code).toBe(0);
	for (const command of ['list', 'verify', 'restore postgres', 'restore redis', 'restore file']) {
		expect(stdout).toContain(`\n  ${command} `);
		const help = await cli.start([...command.split(' '), '--help']).ended;
		expect(help).toMatchObject({ code: 0, stderr: '' });
		expect(help.stdout.match(/Example:\n {2}npx n8n-nodes-disaster-recovery/g)).toHaveLength(1);
		expect(help.stdout).toContain('Exit codes: 0 done, 1 failed, 2 wrong usage');
	}
});

describe('list', () => {
	it('shows what there is, without any key', async () => {
		const { code, stdout, stderr } = await cli.start(['list', ...fromDirectory()]).ended;
		expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
		expect(stdout).toMatch(/^postgres mrdj_db$/m);
		expect(stdout).toMatch(
			/^ {2}mrdj_db-\d{14} +(just now|\d+ min ago) +readable +\S+ [KM]?B +directory /m,
		);
		expect(stdout).toMatch(/^redis mrdj-redis$/m);
		expect(stdout).toMatch(/^file managed\.env$/m);
	});

	it('gives machines all of it, of one component', async () => {
		const args = ['list', 'redis', ...fromBucket().slice(0, -2)];
		expect(await resultOf(args)).toMatchObject({
			backups: [{ component: 'redis', name: 'mrdj-redis', verified: 'readable' }],
			warnings: [],
		});
	});
});

describe('verify', () => {
	it('proves each kind of backup, and records it', async () => {
		const opened = await run(['verify', 'postgres', ...fromDirectory()]);
		expect(opened).toMatchObject({ code: 0 });
		expect(opened.stdout).toContain(`passed: readable.`);
		expect(opened.stdout).toContain('It holds 1 table with 3000 rows.');
		expect(opened.stderr).toContain('Read 100 % of');
		expect(await resultOf(['verify', 'redis', ...fromBucket()])).toMatchObject({ keys: 2 });
		expect(await resultOf(['verify', 'file', ...fromBucket()])).toMatchObject({ passed: true });
		const restored = ['verify', 'postgres', '--level', 'restored', ...fromDirectory()];
		expect(await resultOf(restored)).toMatchObject({ passed: true, level: 'restored', rows: 3000 });
		const { backups: listed } = await resultOf(['list', 'postgres', ...fromDirectory()]);
		expect(listed).toMatchObject([{ verified: 'restored' }]);
	});

	it('names what a restore test could not hold, and does not say that all has passed', async () => {
		const folder = join(desk, 'foreign');
		await createDatabase(postgres, 'foreign', 'CREATE EXTENSION postgres_fdw');
		const repository = openRepository({
			...{ directory: { path: folder }, encryption: { kind: 'none' } },
		});
		await createDump(dumpInput(postgres, 'foreign', repository, { engine: 'embedded' }));
		const args = ['verify', 'postgres', '--level', 'restored', '--directory', folder];
		const { code, stdout } = await run(args);
		expect({ code, stdout }).toEqual({
			code: 0,
			stdout: expect.stringMatching(/^NOT proved: EXTENSION postgres_fdw\b/m),
		});
		expect(stdout).toContain(' passed with exclusions: restored.');
	});

	it('needs no key for the bytes alone', async () => {
		const args = ['verify', 'postgres', '--level', 'stored', ...fromDirectory()];
		expect(await cli.start(args).ended).toMatchObject({ code: 0 });
	});
});

describe('restore postgres', () => {
	const args = () => ['restore', 'postgres', ...fromDirectory(), ...toPostgres()];

	it('swaps the restored database in, keeps the one of before, and goes back by the line it prints', async () => {
		const { code, stdout, stderr } = await run([...args(), '--yes-restore-into', 'mrdj_db']);
		expect({ code, stderr }).toMatchObject({ code: 0 });
		expect(stderr).toMatch(/^Backup +mrdj_db-\d{14}$/m);
		expect(stderr).toMatch(/^Verified +(readable|restored)$/m);
		expect(stderr).toMatch(/^Lost +what was written to mrdj_db since then: \d+ (s|min)/m);
		expect(stdout).toContain(': 1 table, 3000 rows, rows and checksums were compared.');
		expect(await bookings()).toBe(3000);
		const [kept = ''] = (await databases()).filter((name) => name.startsWith('mrdj_db_before_'));
		expect(await bookings(kept)).toBe(1);

		const [, line = ''] = /^To go back: npx n8n-nodes-disaster-recovery (.*)$/m.exec(stdout) ?? [];
		const undone = await run([...line.split(' '), '--yes-restore-into', 'mrdj_db']);
		expect(undone).toMatchObject({ code: 0 });
		expect(await bookings()).toBe(1);
	});

	it('restores from a bucket with a locked key file, by the built-in reader, into a new database', async () => {
		const result = await resultOf([
			...['restore', 'postgres', ...fromBucket(), ...toPostgres()],
			...['--new-database', 'mrdj_look', '--yes-restore-into', 'mrdj_look'],
		]);
		expect(result).toMatchObject({
			...{ mode: 'new-database', database: 'mrdj_look', rows: 3000, countsCompared: true },
			engine: { name: 'own' },
		});
		expect(await bookings('mrdj_look')).toBe(3000);
		expect(await bookings()).toBe(1);
	});

	it('makes the database new on a server that has lost it', async () => {
		await withAdmin(postgres, 'postgres', (admin) => admin.query('DROP DATABASE mrdj_db'));
		const { code, stderr } = await run([...args(), '--yes-restore-into', 'mrdj_db']);
		expect({ code, stderr }).toMatchObject({ code: 0 });
		expect(stderr).toMatch(/^Lost +nothing: there is nothing yet$/m);
		expect(await databases()).toEqual(['mrdj_db']);
		expect(await bookings()).toBe(3000);
	});

	it.each([
		['a wrong passphrase', [], { DR_PASSPHRASE: 'wrong' }, 1, 'does not open the backup'],
		['a wrong password', [], { PGPASSWORD: 'wrong' }, 1, 'password'],
		['no such backup', ['--backup', 'mrdj_db-20200101000000'], {}, 1, 'has no backup mrdj_db-2020'],
		['another name', ['--yes-restore-into', 'other'], {}, 2, '"other", and not mrdj_db'],
		['a database that exists', ['--new-database', 'mrdj_db'], {}, 1, 'mrdj_db'],
		['two targets', ['--database', 'a', '--new-database', 'b'], {}, 2, 'exclude each other'],
		['a secret as an option', ['--password', 'x'], {}, 2, "Unknown option '--password'"],
		['an impossible port', ['--port', '0'], {}, 2, '--port cannot be "0"'],
	])('says so and touches nothing with %s', async (_what, more, env, code, message) => {
		const ended = await run([...args(), '--yes-restore-into', 'mrdj_db', ...more], env);
		expect(ended).toMatchObject({ code, stdout: '' });
		expect(ended.stderr).toContain(message);
		await expectUntouched();
	});

	it('refuses where nobody can be asked and nobody has said yes', async () => {
		const { code, stderr } = await run(args());
		expect(code).toBe(2);
		expect(stderr).toContain('Add --yes-restore-into with the name');
		await expectUntouched();
	});

	it('finds a truncated backup before anything is touched', async () => {
		const copy = join(desk, 'truncated');
		const repository = openRepository({
			directory: { path: copy },
			encryption: { kind: 'passphrase', passphrase: PASSPHRASE },
		});
		const made = await createDump(dumpInput(postgres, 'mrdj_db', repository, { name: 'mrdj_db' }));
		const payload = join(copy, 'postgres/mrdj_db', made.id, made.payload.file);
		await truncate(payload, (await stat(payload)).size - 100);
		const ended = await run([
			...['restore', 'postgres', '--directory', copy, '--backup', 'newest', ...toPostgres()],
			...['--yes-restore-into', 'mrdj_db', '--json'],
		]);
		expect(ended.code).toBe(1);
		expect(JSON.parse(ended.stdout)).toMatchObject({ error: expect.stringMatching(/damaged/) });
		await expectUntouched();
	});

	it('leaves nothing half when it is interrupted in mid-restore', async () => {
		const stalls = s3.faults.add({
			...{ method: 'GET', when: ({ key }) => key.endsWith('.age') },
			effect: { kind: 'stall-response', afterBytes: 600_000 },
		});
		const restoring = cli.start(
			[
				...['restore', 'postgres', ...fromBucket(), ...toPostgres()],
				...['--yes-restore-into', 'mrdj_db'],
			],
			keys(),
		);
		await eventually(async () => {
			expect((await databases()).join()).toMatch(/mrdj_db_restore_/);
		}, 60_000);
		expect(stalls()).toBeGreaterThan(0);
		restoring.child.kill('SIGINT');
		const { code, stdout, stderr } = withoutSecrets(await restoring.ended);
		expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
		expect(stderr).toContain('Database mrdj_db is as it was.');
		expect(await tracesOf({ postgres, s3, temporary: cli.temporary })).toEqual(NO_TRACES);
		await expectUntouched();
	});
});

describe('restore redis', () => {
	it('replaces what the server has, backs it up first, and goes back to that', async () => {
		const args = ['restore', 'redis', ...fromBucket(), ...toRedis(), ...intoRedis()];
		const result = await resultOf(args);
		expect(result).toMatchObject({ keys: 2, method: 'replication', countsCompared: true });
		expect(await session()).toBe('anna');
		const back = await run([...args, '--backup', String(result['safetySnapshot'])]);
		expect(back).toMatchObject({ code: 0 });
		expect(back.stderr).toContain('Backing up what the server has …');
		expect(await session()).toBe('since then');
	});

	it('goes key by key where that is wanted, and ends in the same', async () => {
		const args = ['restore', 'redis', ...fromDirectory(), ...toRedis(), ...intoRedis()];
		expect(await resultOf([...args, '--method', 'commands'])).toMatchObject({ keys: 2 });
		expect(await session()).toBe('anna');
	});

	it.each([
		['a wrong password', [], { REDIS_PASSWORD: 'wrong' }, 1, /password|WRONGPASS/],
		['another name', ['--yes-restore-into', 'localhost'], {}, 2, /"localhost", and not 127/],
		['no way back', ['--method', 'commands', '--no-safety-snapshot'], {}, 2, /safety snapshot/],
	])('says so and touches nothing with %s', async (_what, more, env, code, message) => {
		const args = ['restore', 'redis', ...fromDirectory(), ...toRedis(), ...intoRedis(), ...more];
		const ended = await run(args, env);
		expect(ended).toMatchObject({ code, stdout: '' });
		expect(ended.stderr).toMatch(message);
		await expectUntouched();
	});

	it('leaves the server and the disk as they were when it is interrupted', async () => {
		const stalls = s3.faults.add({
			...{ method: 'GET', when: ({ key }) => key.endsWith('.age'), after: 1 },
			effect: { kind: 'stall-response', afterBytes: 300 },
		});
		const restoring = cli.start(
			['restore', 'redis', ...fromBucket(), ...toRedis(), ...intoRedis()],
			keys(),
		);
		await eventually(() => expect(stalls()).toBe(1), 60_000);
		restoring.child.kill('SIGTERM');
		expect(await restoring.ended).toMatchObject({ code: 130, stdout: '' });
		await expectUntouched();
	});
});

describe('restore file', () => {
	let folder: string;
	let path: string;
	beforeEach(async () => {
		folder = join(desk, `here-${randomBytes(4).toString('hex')}`);
		path = join(folder, 'managed.env');
		await mkdir(folder);
	});
	const args = () => ['restore', 'file', ...fromBucket(), '--to', path];
	const into = ['--yes-restore-into', 'managed.env'];

	it('puts it there for its owner alone, and keeps the one that was there', async () => {
		expect(await resultOf([...args(), ...into])).toMatchObject({ state: 'created' });
		expect(await readFile(path, 'utf8')).toBe(ENV_FILE);
		expect((await stat(path)).mode & 0o777).toBe(0o600);

		await writeFile(path, 'since then');
		const { keptAs } = await resultOf([...args(), ...into]);
		expect(await readFile(path, 'utf8')).toBe(ENV_FILE);
		expect(await readFile(String(keptAs), 'utf8')).toBe('since then');
	});

	it('leaves what is there when it is interrupted, and nothing beside it', async () => {
		await writeFile(path, 'since then');
		const stalls = s3.faults.add({
			...{ method: 'GET', when: ({ key }) => key.endsWith('.age'), after: 1 },
			effect: { kind: 'stall-response', afterBytes: 250 },
		});
		const restoring = cli.start([...args(), ...into], keys());
		await eventually(() => expect(stalls()).toBe(1), 60_000);
		restoring.child.kill('SIGHUP');
		expect(await restoring.ended).toMatchObject({ code: 130 });
		expect(await readdir(folder)).toEqual(['managed.env']);
		expect(await readFile(path, 'utf8')).toBe('since then');
	});

	it('says that there is no such folder', async () => {
		await rm(folder, { recursive: true });
		const { code, stderr } = await run([...args(), ...into]);
		expect(code).toBe(1);
		expect(stderr).toContain('There is no folder');
	});
});

describe('on a terminal', () => {
	it('asks for what is missing without showing it, and for the name of the target', async () => {
		const args = ['restore', 'postgres', ...fromDirectory(), ...toPostgres()];
		const ended = await cli.onTerminal(args, {}, [
			[`Password of ${postgres.user}`, `${postgres.password}\r`],
			['Passphrase of the backups: ', 'mistyped\r'],
			['does not open the backup', ''],
			['Passphrase of the backups: ', `${PASSPHRASE}\r`],
			['Type mrdj_db to go on', 'mrdj_db\r'],
		]);
		expect(withoutSecrets(ended).stdout).toContain('Restored mrdj_db from');
		expect(ended.code).toBe(0);
		expect(await bookings()).toBe(3000);
	});

	it.each([
		['another name', 'mrdj\r', 'was not typed, so nothing was done'],
		['Ctrl-C', '\u0003', 'cancelled'],
		['Ctrl-D', '\u0004', 'cancelled'],
	])('stops at %s', async (_what, answer, message) => {
		const undo = ['undo', 'postgres', ...toPostgres(), '--database', 'mrdj_db'];
		const ended = await cli.onTerminal(undo, keys(), [['Type mrdj_db to go on', answer]]);
		expect(ended.code).toBe(130);
		expect(ended.stdout).toContain(message);
		await expectUntouched();
	});
});
