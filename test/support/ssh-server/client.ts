import { buffer } from 'node:stream/consumers';

import type { IDataObject } from 'n8n-workflow';
import { Client } from 'ssh2';

import type { SshServer } from '.';

/**
 * Logs in with the key and runs a command, with the answer of n8n's SSH node: of a connection that is
 * lost meanwhile it says that there is no code. Rejects where it cannot log in.
 */
export async function runOverSsh(server: SshServer, command: string): Promise<IDataObject> {
	const { host, port, user: username, privateKey } = server;
	const client = new Client();
	await new Promise<void>((resolve, reject) => {
		client.once('ready', resolve).once('error', reject);
		client.connect({ host, port, username, privateKey });
	});
	// From here on, a lost connection closes the channel.
	client.on('error', () => undefined);
	try {
		return await new Promise((resolve, reject) => {
			client.exec(command, (error, channel) => {
				if (error) return reject(error);
				let ended: { code: number | null; signal: string | null } = { code: null, signal: null };
				channel.on('exit', (code: number | null, signal?: string) => {
					ended = { code, signal: signal ?? null };
				});
				const texts = Promise.all([buffer(channel), buffer(channel.stderr)]);
				channel.once('close', () => {
					texts.then(
						([stdout, stderr]) =>
							resolve({ ...ended, stdout: String(stdout), stderr: String(stderr) }),
						reject,
					);
				});
			});
		});
	} finally {
		client.end();
	}
}
