import { describeServer } from '../../../core/redis/describe-server';
import { answer, type CredentialTest } from '../../shared/credential-test';
import { readRedisServer } from '../../shared/credentials';

export const redisServerTest: CredentialTest = async ({ data }) =>
	await answer(async () => {
		const { canBackUp, sentence } = await describeServer(readRedisServer(data ?? {}));
		// n8n shows the message of a failed test only: a login that is too weak must not look good.
		return { status: canBackUp ? 'OK' : 'Error', message: sentence };
	});
