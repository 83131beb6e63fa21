import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

import { type ParsedKey, Server, utils } from 'ssh2';

import { createSshKeys } from '../ssh-keys';
import type { GitRepository } from './git-repository';

const HOST = '127.0.0.1';
const COMMAND = /^git-(upload|receive)-pack '\/backups\.git'$/;

/** A repository behind SSH, for one deploy key. */
export interface GitOverSsh {
	readonly url: string;
	readonly privateKey: string;
	/** As ssh-keyscan prints it. */
	readonly knownHosts: string;
	/** Commands that Git does not give, and keys that are not the right one. */
	readonly refused: readonly string[];
	stop(): Promise<void>;
}

/** Starts it on a free port, with a random host key and a random deploy key. */
export async function startGitOverSsh(repository: GitRepository): Promise<GitOverSsh> {
	const host = createSshKeys();
	const deploy = createSshKeys();
	const key = utils.parseKey(deploy.public) as ParsedKey;
	const refused: string[] = [];
	const sockets = new Set<Socket>();
	const ended: Promise<unknown>[] = [];
	const sshd = new Server({ hostKeys: [host.private] }, (connection) => {
		connection.on('error', () => undefined);
		connection.on('authentication', (context) => {
			if (context.method === 'publickey' && context.key.data.equals(key.getPublicSSH())) {
				const { blob, signature, hashAlgo } = context;
				// Without a signature the client only asks whether the key would do.
				if (!signature || !blob) return context.accept();
				if (key.verify(blob, signature, hashAlgo) === true) return context.accept();
			}
			if (context.method !== 'none') refused.push(context.method);
			context.reject(['publickey']);
		});
		connection.on('session', (accept) => {
			const session = accept();
			// The version of the protocol is no secret.
			session.on('env', (take) => take?.());
			session.on('exec', (take, reject, { command }) => {
				const [, service] = COMMAND.exec(command) ?? [];
				if (service === undefined) {
					refused.push(command);
					return reject();
				}
				const channel = take();
				const child = spawn('git', [`${service}-pack`, repository.folder]);
				ended.push(once(child, 'close'));
				child.stdout.pipe(channel, { end: false });
				child.stderr.pipe(channel.stderr, { end: false });
				channel.pipe(child.stdin);
				child.stdin.on('error', () => undefined);
				child.once('close', (code) => {
					channel.exit(code ?? 1);
					channel.end();
				});
			});
		});
	});
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		sshd.injectSocket(socket);
	}).listen(0, HOST);
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `ssh://git@${HOST}:${port}/backups.git`,
		privateKey: deploy.private,
		knownHosts: `[${HOST}]:${port} ${host.public}`,
		refused,
		stop: async () => {
			const closed = once(server, 'close');
			server.close();
			for (const socket of sockets) socket.destroy();
			await closed;
			await Promise.all(ended);
		},
	};
}
