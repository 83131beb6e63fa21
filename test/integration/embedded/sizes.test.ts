import { setTimeout as sleep } from 'node:timers/promises';

import type { Client } from 'pg';

import { startRelay } from '../../support/relay';
import { startPostgres, type RunningPostgres } from '../../support/postgres-server';
import { dumpArchive, LOCK_TIMEOUT, startDump } from './dumping';

const MB = 1024 * 1024;

describe('a dump of unusual size', () => {
	let postgres: RunningPostgres;
	let admin: Client;

	beforeAll(async () => {
		// 2,000 tables are more locks than a server has room for by default.
		postgres = await startPostgres({ major: 15, settings: { max_locks_per_transaction: '256' } });
		admin = await postgres.admin();
		await admin.query('create database tables');
		const tables = await postgres.admin('tables');
		await tables.query(`do $$ begin for i in 1..2000 loop
			execute format('create table a_rather_long_name_of_a_table_%s (id int primary key)', i);
			execute format('insert into a_rather_long_name_of_a_table_%s values (%s)', i, i);
			end loop; end $$`);
		await tables.end();
		await admin.query('create database rows');
		const rows = await postgres.admin('rows');
		await rows.query('create table big (id int, body text)');
		await rows.query('alter table big alter body set storage external');
		await rows.query(`insert into big values (1, 'small'), (2, repeat('x', ${100 * MB})), (3, '')`);
		await rows.query(`insert into big values (4, repeat('0123456789', ${MB}))`);
		await rows.end();
		await admin.query('create database much');
		const much = await postgres.admin('much');
		await much.query(`create table t as
			select i, repeat(md5(i::text), 30) from generate_series(1, 100000) i`);
		await much.end();
	}, 120_000);
	afterAll(async () => {
		await admin?.end();
		await postgres?.stop();
	});

	it('has 2,000 tables', async () => {
		const archive = await dumpArchive(postgres.server('tables'));
		expect(archive.tables).toHaveLength(2_000);
		expect(archive.tables.every(({ rows }) => rows === 1)).toBe(true);
	});

	it('leaves out 2,000 tables by name', async () => {
		const excluded = Array.from(
			{ length: 1_999 },
			(_, i) => `a_rather_long_name_of_a_table_${i + 1}`,
		);
		const archive = await dumpArchive(postgres.server('tables'), {
			arguments: [LOCK_TIMEOUT, ...excluded.map((name) => `--exclude-table=public.${name}`)],
		});
		expect(archive.tables.map(({ name }) => name)).toEqual(['a_rather_long_name_of_a_table_2000']);
	});

	it('has a row of 100 MB between small ones', async () => {
		const archive = await dumpArchive(postgres.server('rows'));
		expect(archive.tables).toEqual([{ schema: 'public', name: 'big', rows: 4 }]);
		expect(archive.bytes).toBeGreaterThan(110 * MB);
	});

	it('does not pile up in memory when its reader is slow', async () => {
		const relay = await startRelay(postgres);
		const dump = startDump({ ...postgres.server('much'), port: relay.port });
		let received = 0;
		let ahead = 0;
		for await (const chunk of dump.stream as AsyncIterable<Buffer>) {
			received += chunk.length;
			ahead = Math.max(ahead, relay.answered - received);
			// At the start for longer: time for the whole database to arrive, if anything let it.
			await sleep(received < 10 * chunk.length ? 200 : 1);
		}
		await dump.finished;
		await relay.close();
		expect(received).toBeGreaterThan(90 * MB);
		// With what the buffers of the sockets hold.
		expect(ahead).toBeLessThan(40 * MB);
	});
});
