import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { Server, type Session } from 'ssh2';

import { inSteps } from '../in-steps';
import { createSshKeys } from '../ssh-keys';
import { RunningCommands } from './commands';
import { createLogin, type Login } from './login';
import { serveFiles } from './sftp';

/** A machine that one user reaches over SSH, by password or by key. */
export interface SshServer extends Pick<Login, 'user' | 'password' | 'privateKey'> {
	readonly host: string;
	readonly port: number;
	/**
	 * Home of the user, and all that SFTP gives access to. Commands run in it, and find programs in its
	 * `bin` before others.
	 */
	readonly folder: string;
	/** Every command that was started, as it came. */
	readonly commands: readonly string[];
	/** Logins that failed, files outside of the folder, and requests for what is not on offer. */
	readonly refused: readonly string[];
	/** From now on every answer to a login takes this long. */
	slowDown(delayMs: number): void;
	/** Closes all connections in the middle of what they do; commands run on, as under a real sshd. */
	dropConnections(): void;
	/** From now on nobody gets through, until `comeBack`. */
	goDown(): void;
	comeBack(): void;
	/** Ends the commands, and removes the folder. */
	stop(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts an SSH server on a free port, with a random host key, user key and password. */
export async function startSshServer(): Promise<SshServer> {
	const { clear, ...server } = await inSteps(async (undo) => {
		const folder = await realpath(await mkdtemp(join(tmpdir(), 'dr-ssh-')));
		undo.push(async () => await rm(folder, { recursive: true, force: true }));
		const running = new RunningCommands(folder);
		undo.push(async () => await running.end());
		const login = createLogin();
		const refused: string[] = [];
		const sockets = new Set<Socket>();
		let delayMs = 0;
		let isDown = false;

		const serve = (session: Session) => {
			session.on('exec', (accept, _reject, { command }) => running.start(command, accept()));
			session.on('sftp', (accept) => serveFiles(accept(), folder, refused));
			session.on('shell', (_accept, reject) => {
				refused.push('shell');
				reject();
			});
		};
		const sshd = new Server({ hostKeys: [createSshKeys().private] }, (connection) => {
			// What a client breaks off is its own business.
			connection.on('error', () => undefined);
			connection.on('authentication', (context) => {
				void sleep(delayMs).then(() => {
					const problem = login.problemWith(context);
					if (problem === undefined) return context.accept();
					if (context.method !== 'none') refused.push(problem);
					context.reject(['password', 'publickey']);
				});
			});
			connection.on('session', (accept) => serve(accept()));
		});
		const server = createServer((socket) => {
			if (isDown) return void socket.destroy();
			sockets.add(socket);
			socket.once('close', () => sockets.delete(socket));
			sshd.injectSocket(socket);
		});
		server.listen(0, HOST);
		await once(server, 'listening');
		const dropConnections = () => sockets.forEach((socket) => socket.destroy());
		undo.push(async () => {
			const closed = once(server, 'close');
			server.close();
			dropConnections();
			await closed;
		});
		const { port } = server.address() as AddressInfo;
		const { user, password, privateKey } = login;
		return {
			...{ host: HOST, port, user, password, privateKey, folder, refused },
			commands: running.commands,
			slowDown: (ms: number) => (delayMs = ms),
			dropConnections,
			goDown: () => (isDown = true),
			comeBack: () => (isDown = false),
		};
	});
	return { ...server, stop: clear };
}
