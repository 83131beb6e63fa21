import type { Redis } from 'ioredis';

import type { Item } from '../../test/support/n8n/n8n-client';
import { contentOf, fillWithEverything, fillWithKeys } from '../../test/support/redis/content';
import type { Stage } from '../../test/support/stage/stage';
import type { WantedRun, WorkflowRun } from './run-workflow';

const BACK_UP = { id: 'drBackUpRedis', nodes: ['Back up the server'] };
const RESTORE = { id: 'drRestoreRedis', nodes: ['Restore into the server'] };
const KEYS = 5_000;
const BYTES_PER_KEY = 4_000;

/** What happened to the Redis, as measured from outside of the product. */
export interface RedisOutcome {
	/** Output items of the nodes that did the work. */
	backup: Item;
	restore: Item;
	keys: number;
	keysAfterDisaster: number;
	/** Whether every key, value and time of expiry is what it was, by the server's own digest. */
	isIdentical: boolean;
	/** From the press of the button to the end of the workflow. */
	restoreMs: number;
}

type Step = <Result>(title: string, work: () => Promise<Result>) => Promise<Result>;

/** A Redis is filled, backed up, emptied and restored, and compared with what it was. */
export async function playRedisStory(
	{ redis }: Stage,
	step: Step,
	workflow: (title: string, which: WantedRun) => Promise<WorkflowRun>,
): Promise<RedisOutcome> {
	const client = redis.admin();
	try {
		await step('The Redis is filled', async () => await fill(client));
		const before = await contentOf(client);
		const backup = await workflow('The workflow "Back up Redis" has run', BACK_UP);
		await step('Disaster: the Redis is emptied', async () => await client.flushall());
		const wrecked = await contentOf(client);
		const restore = await workflow('The workflow "Restore Redis" has run', RESTORE);
		const after = await step('Every key is compared with what it was', async () => {
			return await contentOf(client);
		});
		return {
			backup: backup.items[0] as Item,
			restore: restore.items[0] as Item,
			...{ keys: before.count, keysAfterDisaster: wrecked.count, restoreMs: restore.ms },
			isIdentical: JSON.stringify(after) === JSON.stringify(before),
		};
	} finally {
		client.disconnect();
	}
}

async function fill(client: Redis): Promise<void> {
	await fillWithEverything(client);
	await fillWithKeys(client, KEYS, BYTES_PER_KEY);
}
