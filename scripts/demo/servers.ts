import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Redis } from 'ioredis';

import { queueOfGenerationB } from '../../test/support/platform/queue-b';
import {
	contentOf,
	fillWithEverything,
	fillWithKeys,
	type RedisContent,
} from '../../test/support/redis/content';
import { type OwnedDatabase, withClient } from '../../test/support/stage/owned-database';
import type { Stage } from '../../test/support/stage/stage';
import { type Census, takeCensus } from './census';

const KEYS = 5_000;
const BYTES_PER_KEY = 4_000;
const JOBS = 40;

/** What the servers hold, as seen by nothing of the product. */
export interface Content {
	readonly database: Census;
	readonly redis: RedisContent;
}

/** Some 310,000 rows of a booking platform, keys of every type, and jobs for RentGuy. */
export async function fill({ database, redis, platform }: Stage): Promise<void> {
	await runFile(database, 'sample-database.sql');
	await withRedis(redis, async (client) => {
		await fillWithEverything(client);
		await fillWithKeys(client, KEYS, BYTES_PER_KEY);
	});
	const { keyPrefix, rentGuy } = platform;
	const queue = queueOfGenerationB({ redis, keyPrefix, rentGuy });
	try {
		await queue.add(JOBS, 'delayed');
	} finally {
		await queue.stop();
	}
}

/** Drops, empties and mangles tables, and empties the Redis. */
export async function strike({ database, redis }: Stage): Promise<void> {
	await runFile(database, 'disaster.sql');
	await withRedis(redis, async (client) => await client.flushall());
}

/** Notes down every row, definition and key. */
export async function lookAt({ database, redis }: Stage): Promise<Content> {
	return {
		database: await withClient(database, takeCensus),
		redis: await withRedis(redis, contentOf),
	};
}

async function runFile(database: OwnedDatabase, file: string): Promise<void> {
	const statements = await readFile(join(__dirname, file), 'utf8');
	await withClient(database, async (client) => await client.query(statements));
}

async function withRedis<Result>(
	redis: Stage['redis'],
	work: (client: Redis) => Promise<Result>,
): Promise<Result> {
	const client = redis.admin();
	try {
		return await work(client);
	} finally {
		client.disconnect();
	}
}
