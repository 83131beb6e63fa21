import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from './eventually';
import { freePort } from './free-port';
import { guardProcess } from './process-guard';

export interface RunningRedis {
	readonly host: string;
	readonly port: number;
	readonly password: string;
	stop(): Promise<void>;
}

/** Starts the machine's redis-server with a password, without persistence. */
export async function startRedis(): Promise<RunningRedis> {
	const host = '127.0.0.1';
	const port = await freePort();
	const password = randomBytes(12).toString('hex');
	const folder = await mkdtemp(join(tmpdir(), 'dr-redis-'));
	const child = spawn('redis-server', ['-'], {
		cwd: folder,
		stdio: ['pipe', 'ignore', 'ignore'],
		detached: true,
	});
	await once(child, 'spawn');
	// By standard input: the command line is there for everybody to read.
	child.stdin.end(
		`bind ${host}\nport ${port}\nrequirepass ${password}\nsave ""\nappendonly no\ndir ${folder}\n`,
	);
	const release = guardProcess(child.pid as number, folder);
	const stop = async () => {
		if (child.exitCode === null && child.signalCode === null) {
			const ended = once(child, 'exit');
			child.kill();
			await ended;
		}
		release();
		await rm(folder, { recursive: true, force: true });
	};
	try {
		await eventually(async () => {
			const socket = connect(port, host);
			await once(socket, 'connect');
			socket.destroy();
		});
	} catch (error) {
		await stop();
		throw error;
	}
	return { host, port, password, stop };
}
