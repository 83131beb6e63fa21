import { lookup } from 'node:dns/promises';
import { ConfigurationError } from '../../errors';
import type { RedisServer } from '../server';
import { ServerSession } from './server-session';

/**
 * Throws `ConfigurationError` where a restore would change the Redis in which n8n keeps its queue: the
 * execution that restores would lose itself. `queue` is what n8n uses, with its database; `touches`
 * says whether the restore has to do with a database.
 */
export async function requireNotQueue(
	target: { server: RedisServer; runId: string },
	queue: RedisServer,
	touches: (database: number) => boolean,
): Promise<void> {
	if (!touches(queue.database) || !(await isSameServer(target, queue))) return;
	throw new ConfigurationError('This is the Redis in which n8n keeps its own queue.', {
		hint: 'Stop n8n and restore by hand, as the backup says; or restore only other databases, with the method Commands.',
	});
}

/** By the id of the running server, which no two share; by the address where it cannot be asked. */
async function isSameServer(
	{ server, runId }: { server: RedisServer; runId: string },
	queue: RedisServer,
): Promise<boolean> {
	try {
		const session = await ServerSession.open(queue);
		try {
			return (await session.info()).get('run_id') === runId;
		} finally {
			session.close();
		}
	} catch {
		if (server.port !== queue.port) return false;
		const [one, other] = await Promise.all([addressesOf(server.host), addressesOf(queue.host)]);
		return one.some((address) => other.includes(address));
	}
}

/** What a name stands for, and the name itself where nobody knows. */
async function addressesOf(host: string): Promise<string[]> {
	const name = host.toLowerCase();
	try {
		const found = await lookup(name, { all: true });
		return [name, ...found.map(({ address }) => (address === '::1' ? '127.0.0.1' : address))];
	} catch {
		return [name];
	}
}
