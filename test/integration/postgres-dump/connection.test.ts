import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { connect, type PostgresServer } from '../../../core/postgres/connection';
import { openServerStream } from '../../../core/postgres/server-stream';
import { createServerCertificate } from '../../support/certificates';
import { freePort } from '../../support/free-port';
import { createDatabase, withAdmin } from '../../support/postgres-dumps';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { eventually } from '../../support/eventually';

let plain: RunningPostgres;
let secure: RunningPostgres;

beforeAll(async () => {
	[plain, secure] = await Promise.all([
		startPostgres({ major: 15 }),
		startPostgres({ major: 16, tls: true }),
	]);
});

afterAll(async () => {
	await Promise.all([plain?.stop(), secure?.stop()]);
});

async function login(server: PostgresServer, database?: string) {
	const client = await connect(server, { purpose: 'test', ...(database && { database }) });
	try {
		const result = await client.query<{ name: string; tls: boolean; database: string }>(
			`SELECT application_name AS name, current_database() AS database,
				(SELECT ssl FROM pg_stat_ssl s WHERE s.pid = a.pid) AS tls
			FROM pg_stat_activity a WHERE pid = pg_backend_pid()`,
		);
		return result.rows[0];
	} finally {
		await client.end();
	}
}

const failure = (server: PostgresServer) => connect(server, { purpose: 'test' }).catch((e) => e);

describe('without TLS', () => {
	test('logs in under a name that tells who is there', async () => {
		expect(await login(plain.server(), 'template1')).toEqual({
			name: 'n8n-dr-test',
			database: 'template1',
			tls: false,
		});
	});

	test.each([
		['quotes and backslashes', `a'b"c\\d\`e`],
		['what URLs and connection strings use', 'p@ss:w/o?r#d=1&x %41 ;${PATH}'],
		['leading and trailing blanks', '  spaces \t'],
		['letters of many scripts', 'pässwörd-пароль-密码-🔑'],
		['what SASLprep folds', 'Ⅸ\u00adﬁ\u00a0x'],
		['more than 128 characters', 'x'.repeat(200)],
	])('takes a password with %s', async (_what, password) => {
		await withAdmin(plain, 'postgres', (admin) =>
			admin.query(
				`DROP ROLE IF EXISTS odd; CREATE ROLE odd LOGIN PASSWORD ${admin.escapeLiteral(password)}`,
			),
		);
		const server = { ...plain.server(), user: 'odd', password };
		expect((await login(server))?.database).toBe('postgres');
		expect((await failure({ ...server, password: `${password}x` })).message).toMatch(
			/refused the password of user "odd"/,
		);
	});

	test('connects to databases with odd names', async () => {
		const name = `a=b "c' d\\e\nf`;
		await createDatabase(plain, name, 'SELECT 1');
		expect((await login(plain.server(name)))?.database).toBe(name);
	});

	test('says that a password is wrong without saying the password', async () => {
		const error = await failure({ ...plain.server(), password: 'not-this-one' });
		expect(error).toMatchObject({ name: 'ConnectionError' });
		expect(`${error.message} ${error.hint}`).not.toContain('not-this-one');
		expect((await failure({ ...plain.server(), password: '' })).message).toMatch(
			/refused the pass/,
		);
	});

	test('explains a database and a host that do not exist, and a port where nothing listens', async () => {
		expect((await failure(plain.server('nope'))).message).toMatch(/"nope" does not exist/);
		const host = 'no-such-host.invalid';
		expect((await failure({ ...plain.server(), host })).message).toMatch(/host name .* is unknown/);
		const port = await freePort();
		expect((await failure({ ...plain.server(), port })).message).toMatch(/refused the connection/);
	});

	test('explains a server that does not let this machine in', async () => {
		const file = join(plain.dataDirectory, 'pg_hba.conf');
		const before = await readFile(file, 'utf8');
		const reload = () => withAdmin(plain, 'postgres', (a) => a.query('SELECT pg_reload_conf()'));
		await withAdmin(plain, 'postgres', (a) => a.query('CREATE ROLE shut LOGIN PASSWORD $$x$$'));
		try {
			await writeFile(file, `host all shut all reject\n${before}`);
			await reload();
			// The server reads its file again when it comes to it.
			await eventually(async () => {
				const error = await failure({ ...plain.server(), user: 'shut', password: 'x' });
				expect(error.message).toMatch(/does not let this login in/);
				expect(error.hint).toMatch(/pg_hba\.conf/);
			});
		} finally {
			await writeFile(file, before);
			await reload();
		}
	});

	test('explains a server that is still starting up', async () => {
		// As a real one does that recovers: for some milliseconds here, for hours elsewhere.
		const fields = ['SFATAL', 'C57P03', 'Mthe database system is starting up', ''];
		const body = Buffer.from(fields.map((field) => `${field}\0`).join(''));
		const head = Buffer.from([0x45, 0, 0, 0, body.length + 4]);
		const starting = createTcpServer((socket) => {
			socket.on('error', () => undefined);
			socket.once('data', () => socket.end(Buffer.concat([head, body])));
		}).listen(0, '127.0.0.1');
		await once(starting, 'listening');
		const { port } = starting.address() as AddressInfo;
		const error = await failure({ ...plain.server(), port });
		starting.close();
		expect(error).toMatchObject({ name: 'ConnectionError' });
		expect(error.message).toMatch(/does not accept logins now: the database system is starting up/);
		expect(error.hint).toMatch(/try again in a minute/);
	});

	test('refuses to go on in clear where TLS is asked for', async () => {
		for (const tls of [{ mode: 'require' }, { mode: 'verify-full' }] as const) {
			const error = await failure({ ...plain.server(), tls });
			expect(error.message).toMatch(/does not offer encrypted connections/);
		}
	});

	test('is cut by an abort, before and after the login', async () => {
		const early = AbortSignal.abort();
		await expect(connect(plain.server(), { purpose: 'test', signal: early })).rejects.toMatchObject(
			{
				name: 'CancelledError',
			},
		);
		const late = new AbortController();
		const client = await connect(plain.server(), { purpose: 'test', signal: late.signal });
		const query = client.query('SELECT pg_sleep(30)');
		late.abort();
		await expect(query).rejects.toThrow(/terminated/);
	});
});

describe('what is no Postgres server', () => {
	let web: Server;

	beforeAll(async () => {
		web = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
		await once(web, 'listening');
	});

	afterAll(() => {
		web.closeAllConnections();
		web.close();
	});

	test.each([
		['disable', /closed the connection during the login/],
		['require', /does not speak the Postgres protocol/],
	] as const)('is recognised with TLS mode %s', async (mode, message) => {
		const { port } = web.address() as AddressInfo;
		const error = await failure({ ...plain.server(), port, tls: { mode } });
		expect(error).toMatchObject({ name: 'ConnectionError' });
		expect(error.message).toMatch(message);
		expect(error.hint).toMatch(/host and port/);
	});
});

describe('with TLS', () => {
	const ca = () => secure.ca ?? '';

	test('encrypts, with any certificate or a verified one', async () => {
		const server = secure.server();
		expect((await login({ ...server, tls: { mode: 'require' } }))?.tls).toBe(true);
		expect((await login({ ...server, tls: { mode: 'verify-full', ca: ca() } }))?.tls).toBe(true);
		const byName = { ...server, host: 'localhost' };
		expect((await login({ ...byName, tls: { mode: 'verify-full', ca: ca() } }))?.tls).toBe(true);
	});

	test('refuses a certificate of an authority that it does not know', async () => {
		const other = (await createServerCertificate()).ca;
		for (const tls of [{ mode: 'verify-full', ca: other }, { mode: 'verify-full' }] as const) {
			const error = await failure({ ...secure.server(), tls });
			expect(error.message).toMatch(/certificate .* was refused/);
			expect(error.hint).toMatch(/CA field/);
		}
	});

	test('refuses a certificate for another host', async () => {
		const other = createTcpServer((socket) => {
			const onward = connectTcp(secure.port, secure.host);
			pipeline(socket, onward, socket).catch(() => undefined);
		}).listen(0, '127.0.0.2');
		await once(other, 'listening');
		try {
			const { port } = other.address() as AddressInfo;
			const server = { ...secure.server(), host: '127.0.0.2', port };
			const error = await failure({ ...server, tls: { mode: 'verify-full', ca: ca() } });
			expect(error.message).toMatch(/another host name/);
			expect((await login({ ...server, tls: { mode: 'require' } }))?.tls).toBe(true);
		} finally {
			other.close();
		}
	});

	test('refuses a CA field that holds no certificate', async () => {
		for (const text of [
			'garbage',
			'-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
		]) {
			const error = await failure({ ...secure.server(), tls: { mode: 'verify-full', ca: text } });
			expect(error).toMatchObject({ name: 'ConfigurationError' });
		}
	});

	test('gives engines a stream of its own, cut by an abort', async () => {
		const stop = new AbortController();
		const { socket, tls } = await openServerStream(secure.server(), stop.signal);
		expect(tls).toBe(true);
		const closed = once(socket, 'close');
		stop.abort();
		await closed;
		expect(socket.destroyed).toBe(true);
	});
});
