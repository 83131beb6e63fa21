import { openRepository } from '../../../core/repository/repository';
import {
	restoreSnapshot,
	type RestoreSnapshotInput,
} from '../../../core/redis/restore/restore-snapshot';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServerCertificate } from '../../support/certificates';
import { contentOf, fillWithEverything } from '../../support/redis/content';
import {
	rdbOf,
	restoreInput,
	serverOf,
	storeRdb,
	withSession,
} from '../../support/redis/restore-lab';
import { freePort } from '../../support/free-port';
import { type RunningRedis, startRedis } from '../../support/redis-server';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';

/** As documented: what an account needs for each method, and nothing else. */
const REPLICATION = '-@all +info +replicaof +config|get +config|set';
const COMMANDS = '-@all +info +restore +select +function|load ~*';

const directory = useTemporaryDirectory();
const running: RunningRedis[] = [];
let target: RunningRedis;
let rdb: Buffer;
let expected: unknown;

async function start(settings: readonly string[] = []): Promise<RunningRedis> {
	const server = await startRedis({ settings });
	running.push(server);
	return server;
}

const content = async (server = target) =>
	await withSession(server, async ({ client }) => await contentOf(client));

async function restore(overrides: Partial<RestoreSnapshotInput>, into = target) {
	const repository = openRepository({
		directory: { path: directory.path },
		encryption: { kind: 'none' },
	});
	const stored = { repository, backup: await storeRdb(repository, rdb) };
	return await restoreSnapshot(restoreInput(into, stored, overrides));
}

/** The database of a login is none of a restore's business, and need not be there. */
const asUser = (server = target) =>
	serverOf(server, { username: 'restorer', password: 'secret', database: 99 });

async function allow(rights: string): Promise<void> {
	await withSession(target, async ({ client }) => {
		await client.call('ACL', 'SETUSER', 'restorer', 'reset', 'on', '>secret', ...rights.split(' '));
	});
}

beforeAll(async () => {
	target = await start();
	await withSession(target, async ({ client }) => await fillWithEverything(client));
	rdb = await rdbOf(target);
	expected = await content();
});

beforeEach(async () => {
	await withSession(target, async ({ client }) => {
		await client.flushall();
		await client.call('FUNCTION', 'FLUSH');
	});
});

afterAll(async () => await Promise.all(running.map((server) => server.stop())));

test.each(['disk', 'swap'] as const)('the rights for replication are enough: %s', async (mode) => {
	await allow(mode === 'disk' ? REPLICATION : `${REPLICATION} +bgsave`);
	const result = await restore({ server: asUser(), mode });
	expect(result.warnings).toEqual([
		'Whether a Sentinel watches the server could not be seen: the account may not use CLIENT LIST.',
	]);
	expect(await content()).toEqual(expected);
});

test('a swap that may not be saved says so', async () => {
	await allow(REPLICATION);
	const { warnings } = await restore({ server: asUser(), mode: 'swap' });
	expect(warnings.join()).toMatch(/could not be told to save the restored data/);
});

test('the rights for commands are enough', async () => {
	await allow(COMMANDS);
	await restore({ server: asUser(), method: 'commands' });
	expect(await content()).toEqual(expected);
});

test.each(['+replicaof', '+config|get', '+config|set'])(
	'without %s the reason and the right are named, and commands are used where they do the same',
	async (right) => {
		const rights = REPLICATION.replace(` ${right}`, '');
		await allow(rights);
		await expect(restore({ server: asUser() })).rejects.toMatchObject({
			message: expect.stringMatching(/cannot be restored by replication.*NOPERM/),
			hint: expect.stringContaining(
				'ACL SETUSER restorer +info +replicaof +config|get +config|set',
			),
		});
		await allow(`${rights} ${COMMANDS.replace('-@all ', '')}`);
		const result = await restore({ server: asUser(), method: 'auto' });
		expect(result).toMatchObject({ method: 'commands' });
		expect(result.warnings.join()).toMatch(/Restored key by key.*NOPERM/);
		expect(await content()).toEqual(expected);
		// The server has data now, which commands would leave: that is for somebody to decide.
		await expect(restore({ server: asUser(), method: 'auto' })).rejects.toThrow(/by replication/);
	},
);

test('without the right to restore nothing is removed first', async () => {
	await allow(`${COMMANDS} +flushall -restore`);
	await withSession(target, async ({ client }) => await client.set('of before', 'data'));
	const attempt = restore({ server: asUser(), method: 'commands', flush: true });
	await expect(attempt).rejects.toMatchObject({
		message: expect.stringMatching(/^The server does not allow the restore: NOPERM/),
		hint: expect.stringContaining('+restore'),
	});
	await withSession(target, async ({ client }) => expect(await client.dbsize()).toBe(1));
});

test('removing everything first asks for nothing that a server without functions lacks', async () => {
	await allow(`${COMMANDS} +flushall`);
	await withSession(target, async ({ client }) => await client.set('of before', 'data'));
	await restore({ server: asUser(), method: 'commands', flush: true });
	expect(await content()).toEqual(expected);
});

test('functions that may not be removed keep everything in its place', async () => {
	await allow(`${COMMANDS} +flushall`);
	await restore({});
	const attempt = restore({ server: asUser(), method: 'commands', flush: true });
	await expect(attempt).rejects.toThrow(/does not allow the restore: NOPERM/);
	expect(await content()).toEqual(expected);
});

test('a wrong password is a wrong password', async () => {
	const server = serverOf(target, { password: 'wrong' });
	await expect(restore({ server })).rejects.toThrow(/refused the password of user "default"/);
});

test('commands under other names', async () => {
	const renamed = await start(['rename-command REPLICAOF FOLLOW', 'rename-command CONFIG SETUP']);
	await expect(restore({}, renamed)).rejects.toThrow(/unknown command/);
	const server = serverOf(renamed, { renamedCommands: { REPLICAOF: 'FOLLOW', CONFIG: 'SETUP' } });
	await restore({ server }, renamed);
	expect(await content(renamed)).toEqual(expected);
});

test('what is restored survives a restart with an append-only file, and without', async () => {
	for (const mode of ['disk', 'swap'] as const) {
		for (const appendonly of ['yes', 'no']) {
			const server = await start([`appendonly ${appendonly}`]);
			await withSession(server, async ({ client }) => await client.set('of before', 'data'));
			await rdbOf(server);
			expect((await restore({ mode }, server)).warnings).toEqual([]);
			await server.kill();
			await server.start();
			expect(await content(server)).toEqual(expected);
		}
	}
});

test('over TLS; a server that replicates over TLS only is restored by commands', async () => {
	const certificate = await createServerCertificate();
	const files = { 'ca.crt': certificate.ca, 'cert.pem': certificate.certificate };
	for (const [name, text] of Object.entries({ ...files, 'key.pem': certificate.key })) {
		await writeFile(join(directory.path, name), text);
	}
	const path = (name: string) => join(directory.path, name);
	const port = await freePort();
	const secure = await start([
		...[`tls-port ${port}`, `tls-cert-file ${path('cert.pem')}`, `tls-key-file ${path('key.pem')}`],
		...[`tls-ca-cert-file ${path('ca.crt')}`, 'tls-auth-clients no'],
	]);
	const server = serverOf(secure, { port, tls: { mode: 'verify-full', ca: certificate.ca } });
	await restore({ server }, secure);
	expect(await content(secure)).toEqual(expected);

	await withSession(secure, async ({ client }) => {
		await client.call('CONFIG', 'SET', 'tls-replication', 'yes');
		await client.flushall();
	});
	const attempt = restore({ server, method: 'replication' }, secure);
	await expect(attempt).rejects.toThrow(/replicate over TLS only/);
	const result = await restore({ server, method: 'auto' }, secure);
	expect(result.warnings.join()).toMatch(/Restored key by key.*over TLS only/);
	expect(await content(secure)).toEqual(expected);
});
