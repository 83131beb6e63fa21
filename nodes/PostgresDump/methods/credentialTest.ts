import { describeServer } from '../../../core/postgres/browse';
import { answer, type CredentialTest } from '../../shared/credential-test';
import { readPostgresServer } from '../../shared/credentials';

export const postgresServerTest: CredentialTest = async ({ data }) =>
	await answer(async () => {
		const server = readPostgresServer(data ?? {});
		const { canBackUp, sentence } = await describeServer(server);
		// n8n shows the message of a failed test only: a login that is too weak must not look good.
		return { status: canBackUp ? 'OK' : 'Error', message: sentence };
	});
