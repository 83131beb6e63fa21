import { createHash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';

const FUNCTION = `#!lua name=shop
redis.register_function('double', function(keys, args) return args[1] * 2 end)
`;

/** Every type and encoding that the server has, in three databases, with expiries and a function. */
export async function fillWithEverything(client: Redis): Promise<void> {
	const year = 365 * 24 * 3600;
	await client.select(0);
	await client.set('text', 'hello');
	await client.set('number', '12345');
	await client.set('compressible', 'ab'.repeat(5000));
	await client.set(Buffer.from([0, 255, 10, 13, 34, 42]), randomBytes(300));
	await client.set('', 'the empty key');
	await client.set('expires', 'in a year', 'EX', year);
	await client.rpush('list', ...Array.from({ length: 300 }, (_, at) => `item ${at}`));
	await client.rpush('list of large', 'x'.repeat(20_000), 'y');
	await client.sadd('integers', 1, 2, 3);
	await client.sadd('set', ...Array.from({ length: 700 }, (_, at) => `member ${at}`));
	await client.hset('small hash', { a: 1, b: 'two' });
	await client.hset(
		'hash',
		Object.fromEntries(Array.from({ length: 700 }, (_, at) => [`f${at}`, at])),
	);
	await client.zadd('small ranking', 1.5, 'one', 'inf', 'last');
	await client.zadd(
		'ranking',
		...Array.from({ length: 400 }, (_, at) => [at / 7, `m${at}`]).flat(),
	);
	await client.expire('hash', year);
	await client.setbit('bits', 70_000, 1);
	await client.pfadd('visitors', 'a', 'b', 'c');
	await client.geoadd('places', 5.1, 52.1, 'Utrecht');

	await client.select(3);
	for (let at = 0; at < 250; at++) await client.xadd('stream', `${at + 1}-0`, 'n', at, 'f', 'v');
	await client.xdel('stream', '7-0');
	await client.xgroup('CREATE', 'stream', 'workers', '0');
	await client.xgroup('CREATE', 'stream', 'idle', '$');
	await client.xreadgroup('GROUP', 'workers', 'ann', 'COUNT', 20, 'STREAMS', 'stream', '>');
	await client.xreadgroup('GROUP', 'workers', 'bob', 'COUNT', 5, 'STREAMS', 'stream', '>');
	await client.xack('stream', 'workers', '1-0', '2-0');

	await client.select(9);
	await client.set('elsewhere', 'yes', 'PX', year * 1000);
	await client.select(0);
	await client.call('FUNCTION', 'LOAD', 'REPLACE', FUNCTION);
}

/** Many keys of one size, for what takes time. */
export async function fillWithKeys(client: Redis, keys: number, bytes: number): Promise<void> {
	for (let from = 0; from < keys; from += 500) {
		const pipeline = client.pipeline();
		for (let at = from; at < Math.min(from + 500, keys); at++) {
			pipeline.set(`key:${at}`, randomBytes(bytes));
		}
		await pipeline.exec();
	}
}

/** All that a server has, in a form in which two can be compared. */
export interface RedisContent {
	digest: unknown;
	functions: unknown;
	/** Of names, types, expiries and consumer groups. */
	keys: string;
	count: number;
}

/**
 * All that a server has, in a form in which two servers can be compared. Needs `enable-debug-command`:
 * the order in which sets and hashes are serialized differs from one process to the next.
 */
export async function contentOf(client: Redis): Promise<RedisContent> {
	const keys: unknown[] = [];
	const databases = [...(await client.info('keyspace')).matchAll(/^db(\d+):/gm)].map(([, n]) => n);
	for (const database of databases as string[]) {
		await client.select(Number(database));
		const names = await client.keysBuffer('*');
		for (const name of names.sort((a, b) => Buffer.compare(a, b))) {
			const type = await client.type(name);
			keys.push([
				...[database, name.toString('hex'), type, await client.pexpiretime(name)],
				type === 'stream' ? await groupsOf(client, name) : undefined,
			]);
		}
	}
	await client.select(0);
	return {
		digest: await client.call('DEBUG', 'DIGEST'),
		functions: await client.call('FUNCTION', 'LIST', 'WITHCODE'),
		keys: createHash('sha256').update(JSON.stringify(keys)).digest('hex'),
		count: keys.length,
	};
}

async function groupsOf(client: Redis, stream: Buffer): Promise<unknown> {
	return await client.call('XINFO', 'STREAM', stream, 'FULL', 'COUNT', 0);
}
