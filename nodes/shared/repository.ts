import { dirname } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import { ConfigurationError } from '../../core/errors';
import { openRepository, type Repository } from '../../core/repository/repository';
import { BACKUP_REPOSITORY, readRepositorySettings } from './credentials';
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
	if (path !== undefined && path !== '' && (await isOutsideFence(context, path))) {
		throw new ConfigurationError(`n8n does not allow nodes to use the folder ${path}.`, {
			hint: 'Choose a folder below ~/.n8n-files, or add this one to N8N_RESTRICT_FILE_ACCESS_TO of n8n and restart it.',
		});
	}
	if (settings.s3 === undefined && process.env.EXECUTIONS_MODE === 'queue') {
		showWarnings(context, [
			'n8n runs in queue mode, and the backups are in a directory: other workers find them there only if it is a shared volume. Add S3 to the repository, or share the volume.',
		]);
	}
	return openRepository(settings);
}

async function isOutsideFence(context: IExecuteFunctions, path: string): Promise<boolean> {
	const { resolvePath, isFilePathBlocked } = context.helpers;
	try {
		return isFilePathBlocked(await resolvePath(path));
	} catch {
		// Neither the folder nor its parent exists; the fence is asked about the nearest place that does.
		return dirname(path) === path || (await isOutsideFence(context, dirname(path)));
	}
}
