import { z } from 'zod';
import { checkRemote } from '../../../core/git/check-remote';
import { N8nClient } from '../../../core/n8n/client';
import { answer, type CredentialTest } from '../../shared/credential-test';
import { readGitRemote, readN8nServer } from '../../shared/credentials';

/** By the list that only the key of an owner or an admin gets. */
export const n8nTest: CredentialTest = async ({ data }) =>
	await answer(async () => {
		const client = new N8nClient(readN8nServer(data ?? {}));
		const credentials = await client.list('credentials', z.unknown());
		return { status: 'OK', message: `Connected: ${credentials.length} credentials are there.` };
	});

/** Logs in and reads; whether it may write, only a push tells. */
export const gitRepositoryTest: CredentialTest = async ({ data }) =>
	await answer(async () => {
		const { branches } = await checkRemote(readGitRemote(data ?? {}));
		return { status: 'OK', message: `Connected: ${branches} branches are there.` };
	});
