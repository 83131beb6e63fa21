import { ConnectionError } from '../../../core/errors';
import { describeServer } from '../../../core/redis/describe-server';
import type { RedisServer } from '../../../core/redis/server';
import { documentedRights } from '../../support/redis/documented-rights';
import { type RunningRedis, startRedis } from '../../support/redis-server';

let redis: RunningRedis;

beforeAll(async () => {
	redis = await startRedis();
});
afterAll(async () => await redis?.stop());

/** Makes the account anew. */
async function account(...rights: string[]): Promise<RedisServer> {
	const admin = redis.admin();
	try {
		await admin.call('ACL', 'SETUSER', 'dr', 'reset', 'on', '>secret', ...rights);
	} finally {
		admin.disconnect();
	}
	return redis.server({ username: 'dr', password: 'secret' });
}

/** For _Test_ to say what is permitted, as documented. */
const TO_ASK = ['+command|info', '+acl|whoami', '+acl|dryrun'];

describe('the test of a credential', () => {
	it.each<[string, string, boolean, RegExp]>([
		['backs up by replication', 'By replication', true, /by replication: all keys of one instant/],
		['backs up key by key', 'By commands', true, /Replication is not permitted, .* key by key/],
	])('says what an account may do that %s', async (_, method, canBackUp, words) => {
		const description = await describeServer(await account(...documentedRights(method), ...TO_ASK));
		expect(description).toEqual({ canBackUp, sentence: expect.stringMatching(words) as unknown });
	});

	it('says that an account may do neither', async () => {
		const description = await describeServer(await account('+ping', '+info', ...TO_ASK));
		expect(description).toEqual({
			...{ canBackUp: false, sentence: expect.stringContaining('nothing can be backed up') },
		});
	});

	it('says that it cannot tell, for an account that may not ask', async () => {
		const { sentence } = await describeServer(await account(...documentedRights('By replication')));
		expect(sentence).toMatch(/could not be asked; Create Snapshot tries it first/);
	});

	it('looks for the database of the login', async () => {
		const { sentence } = await describeServer(redis.server({ database: 15 }));
		expect(sentence).toMatch(/Database 15 is there\.$/);
		const none = describeServer(redis.server({ database: 16 }));
		await expect(none).rejects.toThrow(ConnectionError);
		await expect(none).rejects.toThrow('has no database 16.');
	});
});
