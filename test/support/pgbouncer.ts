import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { PostgresServer } from '../../core/postgres/connection';
import { freePort } from './free-port';
import type { RunningPostgres } from './postgres-server';
import { guardProcess } from './process-guard';
import { unprivilegedUser } from './unprivileged-user';

const START_LIMIT_MS = 10_000;

export interface RunningPooler {
	server(database?: string): PostgresServer;
	stop(): Promise<void>;
}

/** Starts pgbouncer in front of a server; rejects when it does not come up. */
export async function startPgbouncer(
	postgres: RunningPostgres,
	mode: 'session' | 'transaction' | 'statement',
	poolSize = 5,
): Promise<RunningPooler> {
	const home = await mkdtemp(join(tmpdir(), 'dr-pgbouncer-'));
	const port = await freePort();
	const users = join(home, 'users.txt');
	const file = join(home, 'pgbouncer.ini');
	await writeFile(users, `"${postgres.user}" "${postgres.password}"\n`);
	await writeFile(
		file,
		[
			...['[databases]', `* = host=${postgres.host} port=${postgres.port}`, '[pgbouncer]'],
			...['listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir ='],
			...['auth_type = scram-sha-256', `auth_file = ${users}`, `pool_mode = ${mode}`],
			...[
				`default_pool_size = ${poolSize}`,
				'ignore_startup_parameters = extra_float_digits,options',
			],
		].join('\n'),
	);
	const owner = await unprivilegedUser();
	for (const path of [home, users, file]) {
		await chmod(path, path === home ? 0o700 : 0o600);
		if (owner) await chown(path, owner.uid, owner.gid);
	}
	const child = spawn('/usr/sbin/pgbouncer', [file], { ...owner, cwd: home, stdio: 'ignore' });
	await once(child, 'spawn');
	const release = guardProcess(child.pid as number, home);
	const stop = async () => {
		const ended = child.exitCode === null ? once(child, 'exit') : undefined;
		child.kill('SIGTERM');
		await ended;
		release();
		await rm(home, { recursive: true, force: true });
	};
	for (const limit = Date.now() + START_LIMIT_MS; !(await answers(port)); await sleep(50)) {
		if (Date.now() < limit && child.exitCode === null) continue;
		await stop();
		throw new Error('pgbouncer did not start');
	}
	return { server: (database) => ({ ...postgres.server(database), port }), stop };
}

async function answers(port: number): Promise<boolean> {
	const socket = connect(port, '127.0.0.1');
	try {
		await once(socket, 'connect');
		return true;
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
}
