import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { assertInsideFence } from './fence';

/** An option of operations that need room on the disk of this machine; read by `scratchFolder`. */
export function scratchFolderOption(room: string): INodeProperties {
	return {
		displayName: 'Scratch Folder',
		name: 'scratchFolder',
		type: 'string',
		default: '',
		placeholder: 'e.g. /home/node/.n8n-files/scratch',
		description: `Existing folder with room for ${room}. Leave empty for the system's own folder for temporary files.`,
	};
}

/** The folder that somebody gave, if any; refuses one that n8n's operator has not opened to nodes. */
export async function scratchFolder(
	context: IExecuteFunctions,
	path: string | undefined,
): Promise<string | undefined> {
	const folder = path?.trim() ?? '';
	if (folder === '') return undefined;
	await assertInsideFence(context, folder);
	return folder;
}
