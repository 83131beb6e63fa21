import type { Redis } from 'ioredis';

import { failureOf, outputOf, type Item } from '../support/n8n/n8n-client';
import { contentOf, fillWithEverything } from '../support/redis/content';
import { redisCredential } from '../support/stage/credentials';
import { setStage, type Stage } from '../support/stage/stage';

const START_LIMIT_MS = 10 * 60_000;

let stage: Stage;
let admin: Redis;

beforeAll(async () => {
	stage = await setStage();
	admin = stage.redis.admin();
	await fillWithEverything(admin);
}, START_LIMIT_MS);

afterAll(async () => {
	admin?.disconnect();
	await stage?.clear();
});

/** Runs a shipped workflow that has to succeed; the only item of one of its nodes. */
async function run(workflowId: string, node: string): Promise<Item> {
	const { client } = stage.n8n;
	const execution = await client.finished(await client.run(workflowId));
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	const [item] = outputOf(execution, node);
	return item!;
}

test('a server that was backed up, lost and restored has what it had', async () => {
	const before = await contentOf(admin);
	const backup = await run('drBackUpRedis', 'Summarise the run');
	expect(backup).toMatchObject({
		...{ verified: 'readable', consistency: 'point-in-time', checksum: 'verified', warnings: [] },
	});
	const id = String(backup['backupId']);
	const inS3 = stage.s3.objects().map(({ key }) => key);
	const inDirectory = await stage.filesInDirectory();
	for (const keys of [inS3, inDirectory]) {
		expect(keys.filter((key) => key.includes(`/${id}/`)).sort()).toEqual([
			expect.stringMatching(/\.rdb\.zst\.age$/),
			expect.stringMatching(/\/manifest\.json$/),
			expect.stringMatching(/\/verified-readable-\d{14}\.json$/),
		]);
	}

	await admin.flushall();
	await admin.set('written since', 'the disaster');

	const restored = await run('drRestoreRedis', 'Summarise the restore');
	expect(restored).toMatchObject({
		...{ backupId: id, method: 'replication', countsCompared: true, warnings: [] },
		...{ safetySnapshot: expect.stringMatching(/^before-restore\./) as unknown },
	});
	expect(await contentOf(admin)).toEqual(before);
}, 120_000);

test('the credential says what the server permits', async () => {
	const credentials = redisCredential(stage.redis);
	expect(await stage.n8n.client.editor('POST', 'credentials/test', { credentials })).toMatchObject({
		status: 'OK',
		message: expect.stringMatching(/^Connected to Redis .* by replication/) as unknown,
	});
});
