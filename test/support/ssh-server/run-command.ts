import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { Client, type ClientChannel } from 'ssh2';

import type { SshServer } from '.';

/** What n8n's SSH node says of a command; without a code where the connection broke off. */
export interface CommandResult {
	code: number | null;
	signal: string | null;
	stdout: string;
	stderr: string;
}

/** Logs in by key and runs one command. Rejects where nobody gets in. */
export async function runCommand(server: SshServer, command: string): Promise<CommandResult> {
	const { host, port, user, privateKey } = server;
	const client = new Client();
	const ready = once(client, 'ready');
	client.connect({ host, port, username: user, privateKey });
	await ready;
	// What is broken off shows in the result.
	client.on('error', () => undefined);
	try {
		return await new Promise((resolve, reject) => {
			client.exec(command, (error, channel) => {
				// At once: all that a short command has to say may come with the answer.
				if (error) reject(error);
				else resolve(resultOf(channel));
			});
		});
	} finally {
		client.end();
	}
}

async function resultOf(channel: ClientChannel): Promise<CommandResult> {
	let ended: Pick<CommandResult, 'code' | 'signal'> = { code: null, signal: null };
	channel.on('exit', (code: number | null, signal: string | null = null) => {
		ended = { code, signal };
	});
	const closed = once(channel, 'close');
	const [stdout, stderr] = await Promise.all([text(channel), text(channel.stderr)]);
	await closed;
	return { ...ended, stdout, stderr };
}
