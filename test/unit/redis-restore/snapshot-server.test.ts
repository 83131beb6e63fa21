import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServedSnapshot } from '../../../core/redis/restore/replica-session';
import { SnapshotServer } from '../../../core/redis/restore/snapshot-server';
import { eventually } from '../../support/eventually';
import { cutAt, overwrite } from '../../support/overwriting';

const SECRET = 'n8n-dr-restore:a:b:1:c:d';
const SNAPSHOT = Buffer.from(`REDIS0010${'the data of somebody'.repeat(1000)}`);
const servers: SnapshotServer[] = [];

afterEach(() => {
	for (const server of servers.splice(0)) server.close();
});

async function listen(
	peers = ['127.0.0.1'],
	snapshot: Pick<ServedSnapshot, 'open' | 'release' | 'bytes'> = {
		open: () => Readable.from([SNAPSHOT], { objectMode: false }),
		bytes: SNAPSHOT.length,
	},
): Promise<SnapshotServer> {
	const server = await SnapshotServer.listen(
		{ bindAddress: '127.0.0.1', port: 0 },
		{ ...snapshot, secret: SECRET, replicationId: 'f'.repeat(40), offset: 100 },
		peers,
	);
	servers.push(server);
	return server;
}

const command = (...words: string[]) =>
	`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;

/** Says something, and gives what is answered until the other side hangs up or has no more to say. */
async function talk(port: number, ...said: string[]) {
	const socket = connect(port, '127.0.0.1');
	let heard = '';
	socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')));
	socket.on('error', () => undefined);
	const closed = once(socket, 'close').catch(() => undefined);
	for (const text of said) socket.write(text, 'latin1');
	return {
		...{ socket, closed },
		heard: async (expected: string) =>
			await eventually(() => {
				if (!heard.includes(expected)) throw new Error(`Heard ${heard.slice(0, 200)}`);
				return heard;
			}, 5000),
		all: async () => {
			await Promise.race([closed, sleep(200)]);
			return heard;
		},
	};
}

describe('a stranger gets nothing', () => {
	test('without the secret', async () => {
		const server = await listen();
		const stranger = await talk(
			server.port,
			...[command('PING'), command('REPLCONF', 'capa', 'eof'), command('PSYNC', '?', '-1')],
			command('SYNC'),
		);
		expect(await stranger.all()).toBe('-NOAUTH Authentication required.\r\n'.repeat(4));
		expect(server.state.phase).toBe('waiting');
	});

	test('with a wrong one', async () => {
		const { port } = await listen();
		const guesses = [SECRET.slice(0, -1), '', `${SECRET}x`];
		for (const guess of guesses) {
			const stranger = await talk(port, command('AUTH', guess), command('PSYNC', '?', '-1'));
			await stranger.closed;
			expect(await stranger.all()).not.toContain('FULLRESYNC');
		}
	});

	test('from another address, even with the secret', async () => {
		const server = await listen(['192.0.2.1']);
		const stranger = await talk(server.port, command('AUTH', SECRET), command('PSYNC', '?', '-1'));
		await stranger.closed;
		expect(await stranger.all()).toBe('');
		expect([...server.state.refused]).toEqual(['127.0.0.1']);
	});

	test.each([
		'GET / HTTP/1.1\r\n\r\n',
		'*1\r\n$99999999999\r\n',
		'*100000\r\n',
		'\0'.repeat(100),
		`*2\r\n$4\r\nAUTH\r\n$9999999\r\n${'x'.repeat(200_000)}`,
	])('who says %j', async (text) => {
		const stranger = await talk((await listen()).port, text);
		await stranger.closed;
		expect(await stranger.all()).toBe('');
	});
});

const HELLO = [command('PING'), command('AUTH', 'default', SECRET)];

test('the first that shows the secret gets everything, once; the second nothing', async () => {
	const server = await listen();
	const idle = await talk(server.port);
	const replica = await talk(server.port, ...HELLO, command('REPLCONF', 'capa', 'psync2'));
	const second = await talk(server.port, ...HELLO);
	await second.heard('+OK');
	replica.socket.write(`\n\n${command('PSYNC', '?', '-1')}`);
	const heard = await replica.heard('GETACK');
	expect(heard).toContain(`+FULLRESYNC ${'f'.repeat(40)} 100\r\n$${SNAPSHOT.length}\r\nREDIS0010`);
	expect(heard.split('REDIS0010')).toHaveLength(2);
	await idle.closed;
	await second.closed;
	expect(await second.all()).not.toContain('REDIS');
	const late = await talk(server.port, ...HELLO, command('PSYNC', '?', '-1'));
	await late.closed;
	expect(await late.all()).toBe('');

	expect(server.state.phase).toBe('loading');
	replica.socket.write(command('REPLCONF', 'ACK', '137'));
	await eventually(() => expect(server.state.phase).toBe('loaded'));
	replica.socket.destroy();
	expect(server.state.failure).toBeUndefined();
});

test('what was sent may be used for something else, and arrives all the same', async () => {
	// More than the buffers of a connection take.
	const content = randomBytes(30_000_000);
	const released: number[] = [];
	const server = await listen(['127.0.0.1'], {
		open: () => Readable.from(cutAt(content, [1, 2, 70_000, 20_000_000, 29_999_999])),
		release: (chunk) => {
			released.push(chunk.length);
			overwrite(chunk);
		},
		bytes: content.length,
	});
	const socket = connect(server.port, '127.0.0.1');
	// Does not read until as much is under way as can be.
	socket.pause();
	for (const said of [...HELLO, command('PSYNC', '?', '-1')]) socket.write(said);
	await eventually(() => expect(server.state.phase).toBe('sending'));
	const heard: Buffer[] = [];
	socket.on('data', (chunk: Buffer) => heard.push(chunk)).resume();
	await eventually(() => expect(server.state.phase).toBe('loading'));
	await eventually(() => expect(heard.at(-1)?.includes('GETACK')).toBe(true));
	expect(Buffer.concat(heard).includes(content)).toBe(true);
	expect(released).toEqual([1, 1, 69_998, 19_930_000, 9_999_999, 1]);
	socket.destroy();
});

test('a replica that goes away is a failure', async () => {
	const server = await listen();
	const replica = await talk(server.port, ...HELLO, command('PSYNC', '?', '-1'));
	await replica.heard('GETACK');
	replica.socket.destroy();
	await eventually(() => expect(server.state.failure?.message).toMatch(/closed the connection/));
});

test('an acknowledgement that comes too early is none', async () => {
	const server = await listen();
	const replica = await talk(server.port, ...HELLO, command('REPLCONF', 'ACK', '137'));
	await replica.heard('+OK');
	replica.socket.write(command('PSYNC', '?', '-1'));
	await replica.heard('GETACK');
	replica.socket.write(command('REPLCONF', 'ACK', '99'));
	await sleep(100);
	expect(server.state.phase).toBe('loading');
});
