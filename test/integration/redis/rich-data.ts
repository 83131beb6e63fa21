import type { Redis } from 'ioredis';

const LONG = 'x'.repeat(5000);

/** Small and large values of every type, in both of their forms where they have two. */
const FILL = `
local many = tonumber(ARGV[1])
redis.call('SET', 'text', 'value'); redis.call('SET', 'number', 12345)
redis.call('SET', 'compressible', ARGV[2]); redis.call('SET', '4711', 'a name that is a number')
redis.call('SET', 'bin\\0\\1\\255\\r\\n', 'bin\\0\\255\\r\\n'); redis.call('SET', '', 'no name')
redis.call('SET', ARGV[2], 'a long name'); redis.call('SETBIT', 'bits', 1000, 1)
redis.call('PFADD', 'hll', 'a', 'b'); redis.call('GEOADD', 'geo', 5.1, 52.1, 'Utrecht')
redis.call('SADD', 'integers', 1, 2, 300000); redis.call('SADD', 'few', 'a', 'b')
redis.call('ZADD', 'ranks few', 1.5, 'a', '-inf', 'b'); redis.call('HSET', 'hash few', 'a', 1)
redis.call('RPUSH', 'list few', 'a', 'b', ARGV[2])
for i = 1, many do
	redis.call('RPUSH', 'list', 'element ' .. i); redis.call('SADD', 'set', 'member ' .. i)
	redis.call('ZADD', 'ranks', i / 3, 'member ' .. i); redis.call('HSET', 'hash', i, 'value ' .. i)
	redis.call('SADD', 'many integers', i)
	redis.call('SET', 'session ' .. i, i, 'PX', 3600000 + i)
	redis.call('XADD', 'stream', i .. '-1', 'field', i, 'other', 'value')
end
redis.call('XGROUP', 'CREATE', 'stream', 'group', '0')
redis.call('XREADGROUP', 'GROUP', 'group', 'one', 'COUNT', 10, 'STREAMS', 'stream', '>')
redis.call('XREADGROUP', 'GROUP', 'group', 'two', 'COUNT', 5, 'STREAMS', 'stream', '>')
redis.call('XACK', 'stream', 'group', '3-1'); redis.call('XDEL', 'stream', '7-1')
`;

const LIBRARY = `#!lua name=library
redis.register_function('double', function(keys, args) return args[1] * 2 end)`;

/** Fills three databases and loads a function; `many` is the size of the large values. */
export async function fillRichly(client: Redis, many = 1500): Promise<void> {
	for (const database of [0, 3, 15]) {
		await client.select(database);
		await client.eval(FILL, 0, many, LONG);
	}
	await client.select(0);
	await client.call('FUNCTION', 'LOAD', LIBRARY);
}

/** What the server itself computes over all of its data: equal for equal data, times of expiry included. */
export async function digestOf(client: Redis): Promise<string> {
	return String(await client.call('DEBUG', 'DIGEST'));
}

/** The parts of a stream that its digest leaves out. */
export async function groupsOf(client: Redis): Promise<string> {
	return JSON.stringify(await client.call('XINFO', 'STREAM', 'stream', 'FULL', 'COUNT', '0'));
}
