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
	return await answer(async () => await describeServer(readPostgresServer(credential.data ?? {})));
}

export async function backupRepositoryTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	return await answer(
		async () =>
			await checkRepository(openRepository(readRepositorySettings(credential.data ?? {}))),
	);
}

/** n8n shows `message` under the credential, for a good result as for a bad one. */
async function answer(test: () => Promise<string>): Promise<INodeCredentialTestResult> {
	try {
		return { status: 'OK', message: await test() };
	} catch (error) {
		if (error instanceof DisasterRecoveryError) {
			return { status: 'Error', message: `${error.message}. ${error.hint}` };
		}
		return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
	}
}
