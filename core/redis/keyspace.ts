import type { Redis } from 'ioredis';
import { Census } from './rdb/census';
import { scanKeys } from './scan';
import { commandName, type RedisServer } from './server';

/**
 * Counts the keys of a server that nobody else uses, in the way in which those of a snapshot are
 * counted. Needs Redis 7 (PEXPIRETIME).
 *
 * @param databases how many databases there are
 * @param sooner how much earlier the keys expire than this server says, in milliseconds
 */
export async function countKeys(
	client: Redis,
	server: RedisServer,
	databases: number,
	sooner = 0,
): Promise<Census> {
	const census = new Census();
	for (let database = 0; database < databases; database++) {
		await client.call(commandName(server, 'SELECT'), database);
		for await (const names of scanKeys(client, server)) {
			const facts = await Promise.all(names.map((name) => factsOf(client, name)));
			for (const [index, name] of names.entries()) {
				const { type = '', expiry = -1 } = facts[index] ?? {};
				const expiresAt = expiry < 0 ? undefined : expiry - sooner;
				census.add({ database, name, type, expiresAt });
			}
		}
	}
	return census;
}

async function factsOf(client: Redis, name: Buffer): Promise<{ type: string; expiry: number }> {
	const [type, expiry] = await Promise.all([
		client.call('TYPE', name),
		client.call('PEXPIRETIME', name),
	]);
	return { type: String(type), expiry: Number(expiry) };
}
