import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { DisasterRecoveryError } from '../../../core/errors';
import { describeServer } from '../../../core/postgres/browse';
import { checkRepository, openRepository } from '../../../core/repository/repository';
import { readPostgresServer, readRepositorySettings } from '../../shared/credentials';

export async function postgresServerTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	return await answer(async () => {
		const server = readPostgresServer(credential.data ?? {});
		const { canBackUp, sentence } = await describeServer(server);
		// n8n shows the message of a failed test only: a login that is too weak must not look good.
		return { status: canBackUp ? 'OK' : 'Error', message: sentence };
	});
}

export async function backupRepositoryTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	return await answer(async () => {
		const repository = openRepository(readRepositorySettings(credential.data ?? {}));
		const checks = await checkRepository(repository);
		const failed = checks.filter(({ ok }) => !ok);
		const lines = (failed.length > 0 ? failed : checks).map(
			({ store, message }) => `${store}: ${message}`,
		);
		return { status: failed.length > 0 ? 'Error' : 'OK', message: lines.join(' ') };
	});
}

/** Turns an error into what n8n shows under the credential. */
async function answer(
	test: () => Promise<INodeCredentialTestResult>,
): Promise<INodeCredentialTestResult> {
	try {
		return await test();
	} catch (error) {
		if (error instanceof DisasterRecoveryError) {
			return { status: 'Error', message: `${error.message} ${error.hint}` };
		}
		return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
	}
}
