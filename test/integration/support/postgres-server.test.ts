import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';

import { startPostgres } from '../../support/postgres-server';

const isAlive = (pid: number) => {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
};

describe('startPostgres', () => {
	it.each([13, 14, 15, 16, 17, 18] as const)(
		'runs PostgreSQL %i and leaves nothing behind',
		async (major) => {
			const postgres = await startPostgres({ major, settings: { max_connections: '12' } });
			const client = await postgres.admin();
			const version = await client.query<{ server_version_num: string }>('show server_version_num');
			const limit = await client.query<{ max_connections: string }>('show max_connections');
			await postgres.stop();
			expect(Math.floor(Number(version.rows[0]?.server_version_num) / 10_000)).toBe(major);
			expect(limit.rows[0]?.max_connections).toBe('12');
			expect(isAlive(postgres.pid)).toBe(false);
			expect(existsSync(postgres.dataDirectory)).toBe(false);
			await postgres.stop();
		},
	);

	it('wants the password, and proves itself by TLS', async () => {
		const postgres = await startPostgres({ tls: true });
		try {
			const client = await postgres.admin();
			const { rows } = await client.query(
				'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
			);
			await client.end();
			expect(rows).toEqual([{ ssl: true }]);
			const wrong = new Client({ ...postgres.server(), ssl: false, password: 'wrong' });
			await expect(wrong.connect()).rejects.toThrow(/password authentication failed/);
		} finally {
			await postgres.stop();
		}
	});

	it('shows the log of a server that does not come up', async () => {
		await expect(startPostgres({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
			/invalid value for parameter "shared_buffers"/,
		);
	});

	it('goes when the process that wanted it is killed', async () => {
		const script = `
			const { startPostgres } = require('./test/support/postgres-server');
			startPostgres().then((s) => console.log(JSON.stringify([s.port, s.dataDirectory])));
			setInterval(() => {}, 1000);`;
		const child = spawn('tsx', ['-e', script], {
			stdio: ['ignore', 'pipe', 'inherit'],
			detached: true,
		});
		const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
		const [port, directory] = JSON.parse(line) as [number, string];
		expect(existsSync(directory)).toBe(true);
		process.kill(-(child.pid as number), 'SIGKILL');
		for (let i = 0; i < 100 && existsSync(directory); i++) await sleep(100);
		expect(existsSync(directory)).toBe(false);
		await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toThrow(/ECONNREFUSED/);
	});
});
