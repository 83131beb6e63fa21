import type { IExecuteFunctions, INodePropertyMode } from 'n8n-workflow';
import { COMPONENT } from '../../core/files/newest-file';
import type { ChosenBackup } from '../../core/repository/choose-backup';
import type { Repository } from '../../core/repository/repository';
import { backupFieldsWith, chosenBackup } from '../shared/backup-choice';

/** Which backup of a file to act on; read by `chosenFile`. The node has `searchFiles` among its methods. */
export const fileBackupFields = backupFieldsWith({
	verify: 'Verify',
	example: 'managed.env',
	nameDescription: 'The name under which the backups are kept, by default that of the file',
	oneOf: 'file',
}).map((field) => ({
	...field,
	...(field.modes && { modes: field.modes.map(listsFilesOnly) }),
}));

/** The list of the node is of all components. */
function listsFilesOnly(mode: INodePropertyMode): INodePropertyMode {
	if (mode.type !== 'list') return mode;
	return { ...mode, typeOptions: { searchListMethod: 'searchFiles', searchable: true } };
}

/** Finds the backup that these fields describe. */
export async function chosenFile(
	context: IExecuteFunctions,
	repository: Repository,
	itemIndex: number,
	options: { defaultName?: string; signal?: AbortSignal | undefined },
): Promise<ChosenBackup> {
	const { defaultName: name, signal } = options;
	const filter = { component: COMPONENT, ...(name !== undefined && { name }) };
	return await chosenBackup(context, repository, itemIndex, filter, signal);
}
