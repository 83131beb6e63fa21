import type { IExecuteFunctions } from 'n8n-workflow';
import { ConfigurationError } from '../../core/errors';

/**
 * Passes on the folder where somebody wants the programs of a product to be looked for, if any. Refuses
 * one that other nodes can write to: whoever may edit workflows could put a program there and have it
 * run. Where n8n's operator has opened the whole file system to nodes, there is nothing left to guard.
 */
export async function programsFolder(
	context: IExecuteFunctions,
	product: 'Postgres' | 'Redis',
	path: string | undefined,
): Promise<{ binariesDirectory?: string }> {
	if (!path) return {};
	const { resolvePath, isFilePathBlocked } = context.helpers;
	const resolved = await resolvePath(path).catch(() => {
		throw new ConfigurationError(`There is no folder ${path}.`, {
			hint: `Correct the folder of the ${product} programs, or leave it empty to search the usual places.`,
		});
	});
	const fenced = isFilePathBlocked(await resolvePath('/'));
	if (fenced && !isFilePathBlocked(resolved)) {
		throw new ConfigurationError(
			`Programs are not run from ${path}: other nodes can write there.`,
			{
				hint: `Install the ${product} programs outside the folders of N8N_RESTRICT_FILE_ACCESS_TO, or leave this folder empty.`,
			},
		);
	}
	return { binariesDirectory: resolved };
}
