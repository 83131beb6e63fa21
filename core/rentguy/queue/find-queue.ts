import type { Redis } from 'ioredis';
import { ConfigurationError, NotFoundError } from '../../errors';
import { scanKeys } from '../../redis/scan';
import type { RedisServer } from '../../redis/server';
import { PLACES } from './job-states';
import { keyOf, type QueueName } from './queue-name';

/** Keys that only a queue has; `meta` stays when all jobs are gone. */
const SIGNS = ['meta', 'id', 'events', ...PLACES.map(({ part }) => part)];

/**
 * The queue of this name; its prefix is looked for where none is given. Rejects with `NotFoundError`
 * where the server has no such queue, and with `ConfigurationError` where it has several.
 */
export async function findQueue(
	client: Redis,
	server: RedisServer,
	{ prefix, name }: { prefix?: string; name: string },
): Promise<QueueName> {
	const where = `The Redis server at ${server.host}:${server.port}, database ${server.database},`;
	if (prefix !== undefined) {
		const queue = { prefix, name };
		if ((await client.exists(...SIGNS.map((sign) => keyOf(queue, sign)))) > 0) return queue;
		throw new NotFoundError(`${where} has no queue ${prefix}:${name}.`, {
			hint: 'Leave the key prefix empty to have it looked for, and check the name of the queue.',
		});
	}
	const found = await prefixesOf(client, server, name);
	const [first, ...others] = [...found].sort();
	if (first === undefined) {
		throw new NotFoundError(`${where} has no queue named ${name}.`, {
			hint: 'Check the server and its database, and the name of the queue. After a loss of its data, import the last export.',
		});
	}
	if (others.length > 0) {
		throw new ConfigurationError(
			`${where} has several queues named ${name}, with these key prefixes: ${[first, ...others].join(', ')}.`,
			{ hint: 'Give the key prefix of the one that is meant.' },
		);
	}
	return { prefix: first, name };
}

async function prefixesOf(client: Redis, server: RedisServer, name: string): Promise<Set<string>> {
	const found = new Set<string>();
	for await (const keys of scanKeys(client, server, { pattern: `*:${escaped(name)}:*` })) {
		for (const key of keys.map(String)) {
			const sign = SIGNS.find((candidate) => key.endsWith(`:${name}:${candidate}`));
			if (sign !== undefined) found.add(key.slice(0, -`:${name}:${sign}`.length));
		}
	}
	return found;
}

/** A text in a pattern for SCAN, without a special meaning. */
export function escaped(text: string): string {
	return text.replace(/[*?[\]\\^]/g, '\\$&');
}
