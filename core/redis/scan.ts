import type { Redis } from 'ioredis';
import { commandName, type RedisServer } from './server';

const SCAN_COUNT = 500;

/** Which keys are meant; all where nothing is said. */
export interface ScanFilter {
	/** As for the command KEYS. */
	pattern?: string;
	/** As the command TYPE calls it. */
	type?: string;
}

/** The names of the keys of the database that is selected, some at a time; one can come twice. */
export async function* scanKeys(
	client: Redis,
	server: RedisServer,
	{ pattern, type }: ScanFilter = {},
): AsyncGenerator<Buffer[]> {
	const scan = commandName(server, 'SCAN');
	const filter = [
		...(pattern === undefined ? [] : ['MATCH', pattern]),
		...(type === undefined ? [] : ['TYPE', type]),
	];
	let cursor = '0';
	do {
		const reply = await client.callBuffer(scan, cursor, 'COUNT', SCAN_COUNT, ...filter);
		const [next, names] = reply as [Buffer, Buffer[]];
		yield names;
		cursor = next.toString();
	} while (cursor !== '0');
}
