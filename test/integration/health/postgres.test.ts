import type { Client } from 'pg';

import type { Check } from '../../../core/health/check';
import { POSTGRES, probePostgres } from '../../../core/health/probes/postgres';
import type { PostgresServer } from '../../../core/postgres/connection';
import { eventually } from '../../support/eventually';
import { freePort } from '../../support/free-port';
import { type RunningPostgres, startPostgres } from '../../support/postgres-server';
import { startRelay } from '../../support/relay';
import { checkOf, seenBy } from './checking';

let primary: RunningPostgres;
let standby: RunningPostgres;
let admin: Client;

beforeAll(async () => {
	primary = await startPostgres({ settings: { max_connections: '14' } });
	admin = await primary.admin();
	await admin.query("CREATE ROLE watcher LOGIN PASSWORD 'watching'");
	await admin.query('CREATE TABLE bookings AS SELECT i AS id FROM generate_series(1, 150) i');
	await admin.query('CREATE TABLE late (id int)');
	standby = await startPostgres({
		primary,
		// It may take no fewer than its primary; and it says how far it is more often than every ten seconds.
		settings: { max_connections: '14', wal_receiver_status_interval: '1' },
	});
});

afterAll(async () => {
	await admin?.end();
	await standby?.stop();
	await primary?.stop();
});

const watcher = (of: RunningPostgres, changes: Partial<PostgresServer> = {}): PostgresServer => ({
	...{ ...of.server(), user: 'watcher', password: 'watching' },
	...changes,
});

const check = (server: PostgresServer, query = '', conditions: Partial<Check> = {}) =>
	checkOf(
		POSTGRES,
		(signal, timeoutMs) => probePostgres({ server, query }, signal, timeoutMs),
		conditions,
	);

const seen = async (...of: Parameters<typeof check>) => await seenBy(check(...of));

test('a server that is up is healthy without further rights', async () => {
	const result = await seen(watcher(primary));
	expect(result).toMatchObject({
		...{ status: 'pass', componentType: 'datastore', observedUnit: 'ms' },
		output: expect.stringMatching(/^answered in \d+ ms, a primary, \d+ connections free\.$/),
	});
});

test('a query is answered as JSON, in the way of the user who asks', async () => {
	const query = 'SELECT count(*) AS bookings FROM bookings;';
	const fail = ['[BODY][0].bookings > 100', 'has([BODY][1]) == false'];
	expect((await seen(watcher(primary), query)).output).toMatch(/permission denied/);
	expect(await seen(primary.server(), query, { fail })).toMatchObject({ status: 'pass' });
	const many = await seen(primary.server(), 'SELECT id FROM bookings', { fail });
	expect(many.conditions).toMatchObject([
		{ met: false, seen: 'nothing: the query gives more than 100 rows' },
		{ met: true },
	]);
});

test.each([
	['DELETE FROM bookings', /syntax error/],
	['SELECT 1; DELETE FROM bookings', /multiple commands/],
	['WITH gone AS (DELETE FROM bookings RETURNING id) SELECT * FROM gone', /data-modifying/],
	["SELECT setval('numbers', 7)", /read-only/],
	['SELECT * FROM nowhere', /"nowhere" does not exist/],
])('%s is refused, changes nothing and is not healthy', async (query, reason) => {
	await admin.query('CREATE SEQUENCE IF NOT EXISTS numbers');
	const result = await seen(primary.server(), query, { fail: ['[RESPONSE_TIME] < 1h'] });
	expect(result).toMatchObject({ status: 'fail', output: expect.stringMatching(reason) });
	expect(result.output).toMatch(/^The query was refused: /);
	const { rows } = await admin.query(
		'SELECT count(*)::int, last_value::int FROM bookings, numbers GROUP BY 2',
	);
	expect(rows).toEqual([{ count: 150, last_value: 1 }]);
});

test('a query that waits for a lock ends with the timeout, on the server too', async () => {
	const holder = await primary.admin();
	await holder.query('BEGIN; LOCK TABLE bookings');
	try {
		const result = await seen(primary.server(), 'SELECT 1 FROM bookings', { timeoutMs: 500 });
		expect(result.status).toBe('fail');
		expect(result.output).toMatch(/no complete answer within 500 ms|statement timeout/);
		await eventually(async () => {
			const { rows } = await admin.query(
				"SELECT FROM pg_stat_activity WHERE application_name = 'n8n-dr-health'",
			);
			expect(rows).toEqual([]);
		});
	} finally {
		await holder.end();
	}
});

describe('what does not answer', () => {
	test('a wrong password, and nobody there', async () => {
		const wrong = await seen(watcher(primary, { password: 'hunter2' }));
		expect(wrong).toMatchObject({
			...{ status: 'fail', output: expect.stringMatching(/refused the password/) },
		});
		expect(JSON.stringify(wrong)).not.toContain('hunter2');
		const nobody = await seen(watcher(primary, { port: await freePort() }));
		expect(nobody.output).toMatch(/refused the connection/);
		expect(nobody.conditions[0]).toMatchObject({ met: false, seen: 'false' });
	});

	test('a server that hangs', async () => {
		const relay = await startRelay(primary);
		try {
			relay.stall();
			const hanging = watcher(primary, { port: relay.port });
			const result = await seen(hanging, '', { timeoutMs: 300 });
			expect(result.output).toMatch(/^no complete answer within 300 ms/);
		} finally {
			await relay.close();
		}
	});

	test('a server that others have filled up', async () => {
		const others: Client[] = [];
		try {
			// Three are kept for superusers.
			for (let free = 14 - 3 - 1; free > 0; free--) others.push(await primary.admin());
			expect((await seen(watcher(primary))).output).toMatch(/has no connection left/);
			const asSuperuser = await seen(primary.server());
			expect(asSuperuser.status).toBe('fail');
			expect(asSuperuser.output).toMatch(/\[FREE_CONNECTIONS\] > 0, seen 0/);
		} finally {
			for (const one of others) await one.end();
		}
		await eventually(async () =>
			expect(await seen(watcher(primary))).toMatchObject({ status: 'pass' }),
		);
	});
});

describe('replication', () => {
	const level = ['[REPLICATION_LAG] == 0', '[IN_RECOVERY] == true'];

	test('tells how far a standby is behind, on both sides', async () => {
		await eventually(async () => {
			expect(await seen(watcher(standby), '', { fail: level })).toMatchObject({ status: 'pass' });
		});
		const onPrimary = ['[REPLICATION_LAG] < 1m', '[IN_RECOVERY] == false'];
		await eventually(async () => {
			const result = await seen(primary.server(), '', { fail: onPrimary });
			expect(result).toMatchObject({ status: 'pass' });
		});
		const blind = await seen(watcher(primary), '', { fail: onPrimary });
		expect(blind.output).toMatch(
			/seen nothing: the user may not see the standbys \(grant pg_monitor\)/,
		);
	});

	test('grows while a standby does not replay, and shows when it no longer follows', async () => {
		const second = await standby.admin();
		try {
			await admin.query('INSERT INTO late VALUES (0)');
			await eventually(async () => {
				expect((await second.query('SELECT FROM late')).rowCount).toBe(1);
			});
			await second.query('SELECT pg_wal_replay_pause()');
			await admin.query('INSERT INTO late VALUES (1)');
			await eventually(async () => {
				for (const server of [watcher(standby), primary.server()]) {
					const result = await seen(server, '', { fail: ['[REPLICATION_LAG] < 200ms'] });
					expect(result).toMatchObject({
						status: 'fail',
						output: expect.stringMatching(/replication lag/),
					});
				}
			}, 40_000);
			await second.query('SELECT pg_wal_replay_resume()');
			await eventually(async () => {
				expect(await seen(watcher(standby), '', { fail: level })).toMatchObject({ status: 'pass' });
			});
			await second.query("ALTER SYSTEM SET primary_conninfo = ''");
			await second.query('SELECT pg_reload_conf()');
			await eventually(async () => {
				const alone = await seen(watcher(standby), '', { fail: ['[REPLICATION_LAG] == 0'] });
				expect(alone.status).toBe('fail');
			});
			const nobody = await seen(primary.server(), '', { fail: ['[REPLICATION_LAG] < 1h'] });
			expect(nobody.output).toMatch(/seen nothing: no standby follows this server/);
		} finally {
			await second.end();
		}
	});
});
