import type { Redis } from 'ioredis';
import { commandName, type RedisServer } from './server';

const SCAN_COUNT = 500;

/** The names of all keys of the database that is selected, some at a time; one can come twice. */
export async function* scanKeys(client: Redis, server: RedisServer): AsyncGenerator<Buffer[]> {
	const scan = commandName(server, 'SCAN');
	let cursor = '0';
	do {
		const reply = await client.callBuffer(scan, cursor, 'COUNT', SCAN_COUNT);
		const [next, names] = reply as [Buffer, Buffer[]];
		yield names;
		cursor = next.toString();
	} while (cursor !== '0');
}
