import { RentGuyClient } from '../../../core/rentguy/client';
import { answer, type CredentialTest } from '../../shared/credential-test';
import { readRentGuyServer } from '../../shared/credentials';

export const rentGuyDashboardTest: CredentialTest = async ({ data }) =>
	await answer(async () => {
		const client = new RentGuyClient(readRentGuyServer(data ?? {}));
		const { configured, pending } = await client.status();
		const state = configured ? `${pending} jobs are pending` : 'RentGuy is not configured there';
		const message = [`Connected: ${state}.`, ...client.warnings].join(' ');
		// n8n shows the message of a failed test only; a base URL to be corrected has to be seen.
		return { status: client.warnings.length === 0 ? 'OK' : 'Error', message };
	});
