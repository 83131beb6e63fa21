import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

import { Client, type ConnectConfig, type SFTPWrapper } from 'ssh2';

import { eventually } from '../../support/eventually';
import { type SshServer, startSshServer } from '../../support/ssh-server';

let server: SshServer;
const clients: Client[] = [];

beforeEach(async () => {
	server = await startSshServer();
});

afterEach(async () => {
	for (const client of clients.splice(0)) client.end();
	await server.stop();
});

async function connect(login: ConnectConfig): Promise<Client> {
	const { host, port, user: username } = server;
	const client = new Client();
	clients.push(client);
	return await new Promise((resolve, reject) => {
		client.once('ready', () => resolve(client)).once('error', reject);
		client.once('close', () => reject(new Error('The connection was closed')));
		client.connect({ host, port, username, ...login });
	});
}

/** Linux only. */
const isRunning = (pid: number) => existsSync(`/proc/${pid}`);

interface Outcome {
	code?: number | null;
	stdout: string;
}

async function execute(client: Client, command: string): Promise<Outcome> {
	return await new Promise((resolve, reject) => {
		client.exec(command, (error, channel) => {
			if (error) return reject(error);
			let code: number | null | undefined;
			channel.on('exit', (given: number | null) => (code = given));
			const stdout = text(channel);
			channel.stderr.resume();
			channel.on('close', () => void stdout.then((all) => resolve({ code, stdout: all }), reject));
		});
	});
}

test('commands run in the folder, for who has the password or the key', async () => {
	const byPassword = await connect({ password: server.password });
	expect(await execute(byPassword, 'pwd; exit 3')).toEqual({
		code: 3,
		stdout: `${server.folder}\n`,
	});
	const byKey = await connect({ privateKey: server.privateKey });
	expect(await execute(byKey, 'echo out; echo err >&2')).toEqual({ code: 0, stdout: 'out\n' });
	expect(server.commands).toEqual(['pwd; exit 3', 'echo out; echo err >&2']);
	expect(server.refused).toEqual([]);
});

test('others are refused, and that is noted', async () => {
	const other = await startSshServer();
	try {
		for (const login of [
			{ password: 'guessed' },
			{ password: server.password, username: 'root' },
			{ privateKey: other.privateKey },
		]) {
			await expect(connect(login)).rejects.toThrow(/authentication methods failed/);
		}
	} finally {
		await other.stop();
	}
	expect(server.refused).toEqual([
		'password: wrong password',
		'password: unknown user',
		'publickey: unknown key',
	]);
});

test('files come and go below the folder, and nowhere else', async () => {
	const client = await connect({ privateKey: server.privateKey });
	const sftp: SFTPWrapper = await promisify(client.sftp.bind(client))();
	const content = Buffer.from(Uint8Array.from({ length: 200_001 }, (_one, at) => at * 7));
	const local = join(server.folder, 'local');
	writeFileSync(local, content);
	const path = (name: string) => join(server.folder, name);
	await promisify<string, string>(sftp.fastPut.bind(sftp))(local, path('up'));
	expect(readFileSync(path('up')).equals(content)).toBe(true);
	await promisify<string, string>(sftp.fastGet.bind(sftp))(path('up'), path('down'));
	expect(readFileSync(path('down')).equals(content)).toBe(true);

	symlinkSync('/etc/hostname', path('link'));
	const read = promisify<string, Buffer>(sftp.readFile.bind(sftp));
	await expect(read(path('none'))).rejects.toThrow('No such file');
	for (const outside of ['/etc/hostname', path('link'), '../../etc/hostname']) {
		await expect(read(outside)).rejects.toThrow('Permission denied');
	}
	expect(server.refused).toHaveLength(3);
});

test('a dropped connection tells nothing of the command, which runs on until the server ends', async () => {
	const client = await connect({ password: server.password });
	const running = execute(client, 'echo $$ > pid; exec sleep 600');
	const pid = await eventually(() => {
		const written = Number(readFileSync(join(server.folder, 'pid'), 'utf8'));
		expect(written).toBeGreaterThan(0);
		return written;
	});
	server.dropConnections();
	expect(await running).toEqual({ code: undefined, stdout: '' });
	expect(isRunning(pid)).toBe(true);

	server.goDown();
	await expect(connect({ password: server.password })).rejects.toThrow();
	server.comeBack();
	await connect({ password: server.password });
	await server.stop();
	expect(isRunning(pid)).toBe(false);
});
