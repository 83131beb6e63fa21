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
	return await answer(async () => ({
		status: 'OK',
		message: await describeServer(readPostgresServer(credential.data ?? {})),
	}));
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

/** n8n shows `message` under the credential, for a good result as for a bad one. */
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
