import { ConfigurationError } from '../errors';
import type { RentGuyClient } from './client';

/** Rejects with `ConfigurationError` where the platform delivers into another workspace; else as `status`. */
export async function requireWorkspace(client: RentGuyClient, wanted: string): Promise<void> {
	const { workspaceId } = await client.status();
	if (workspaceId === wanted) return;
	throw new ConfigurationError(
		`The platform delivers into ${workspaceId === null ? 'no RentGuy workspace that it names' : `the RentGuy workspace ${workspaceId}`}, and not into ${wanted}. Nothing was flushed.`,
		{ hint: 'Choose the credential of the platform that is meant, or correct the workspace.' },
	);
}
