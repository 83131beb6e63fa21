import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { DisasterRecoveryError } from '../../core/errors';
import { checkRepository, openRepository } from '../../core/repository/repository';
import { readRepositorySettings } from './credentials';

/** What n8n calls for the button "Test" of a credential. */
export type CredentialTest = (
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
) => Promise<INodeCredentialTestResult>;

/** For every node that has the credential. */
export const backupRepositoryTest: CredentialTest = async ({ data }) =>
	await answer(async () => {
		const repository = openRepository(readRepositorySettings(data ?? {}));
		const checks = await checkRepository(repository);
		const failed = checks.filter(({ ok }) => !ok);
		const lines = (failed.length > 0 ? failed : checks).map(
			({ store, message }) => `${store}: ${message}`,
		);
		return { status: failed.length > 0 ? 'Error' : 'OK', message: lines.join(' ') };
	});

/** Turns an error into what n8n shows under the credential. */
export async function answer(
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
