import { dirname } from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import { ConfigurationError, NotFoundError } from '../../core/errors';
import { assertFilePath } from '../../core/files/file-at';

/**
 * Refuses a folder outside of the fence that n8n's operator has put around file access, although
 * nothing but this check would hold a node back. The folder need not exist.
 */
export async function assertInsideFence(context: IExecuteFunctions, path: string): Promise<void> {
	if (!(await isOutside(context, path))) return;
	throw new ConfigurationError(`n8n does not allow nodes to use the folder ${path}.`, {
		hint: 'Choose a folder below ~/.n8n-files, or add this one to N8N_RESTRICT_FILE_ACCESS_TO of n8n and restart it.',
	});
}

/**
 * The path of a file without links in it, whether or not the file exists. Refuses one outside of the
 * fence, also one that only a link leads out of it, and one whose folder does not exist.
 */
export async function fencedFile(context: IExecuteFunctions, path: string): Promise<string> {
	assertFilePath(path);
	const { resolvePath, isFilePathBlocked } = context.helpers;
	const resolved = await resolvePath(path).catch(() => undefined);
	if (resolved === undefined) {
		await assertInsideFence(context, dirname(path));
		throw new NotFoundError(`There is no folder ${dirname(path)}.`, {
			hint: 'Correct the path. In a container, share the folder with n8n.',
		});
	}
	if (!isFilePathBlocked(resolved)) return resolved;
	throw new ConfigurationError(`n8n does not allow nodes to use the file ${path}.`, {
		hint: 'Choose a file below ~/.n8n-files, or add its folder to N8N_RESTRICT_FILE_ACCESS_TO of n8n and restart it.',
	});
}

async function isOutside(context: IExecuteFunctions, path: string): Promise<boolean> {
	const { resolvePath, isFilePathBlocked } = context.helpers;
	try {
		return isFilePathBlocked(await resolvePath(path));
	} catch {
		// Neither the folder nor its parent exists; the fence is asked about the nearest place that does.
		return dirname(path) === path || (await isOutside(context, dirname(path)));
	}
}
