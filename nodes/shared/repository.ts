import type { IExecuteFunctions } from 'n8n-workflow';
import { openRepository, type Repository } from '../../core/repository/repository';
import { BACKUP_REPOSITORY, readRepositorySettings } from './credentials';
import { assertInsideFence } from './fence';
import { showWarnings } from './warnings';

/**
 * Opens the repository of the node's credential. A directory has to lie inside the fence that n8n's
 * operator has put around file access, although nothing but this check would hold a node back. Warns
 * where the next worker may not see the directory.
 */
export async function openNodeRepository(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<Repository> {
	const settings = readRepositorySettings(
		await context.getCredentials(BACKUP_REPOSITORY, itemIndex),
	);
	const path = settings.directory?.path;
	if (path !== undefined && path !== '') await assertInsideFence(context, path);
	if (settings.s3 === undefined && process.env.EXECUTIONS_MODE === 'queue') {
		showWarnings(context, [
			'n8n runs in queue mode, and the backups are in a directory: other workers find them there only if it is a shared volume. Add S3 to the repository, or share the volume.',
		]);
	}
	return openRepository(settings);
}
