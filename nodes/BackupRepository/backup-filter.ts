import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { ConfigurationError } from '../../core/errors';
import type { FolderFilter } from '../../core/repository/folders';
import { assertBackupName, isComponent } from '../../core/repository/naming';

/** Which backups are meant; read by `backupFilter`. */
export const backupFilterFields: INodeProperties[] = [
	{
		displayName: 'Component',
		name: 'component',
		type: 'string',
		default: '',
		placeholder: 'e.g. postgres',
		description: 'The kind of backup: postgres, redis, file and so on. Leave empty for all.',
	},
	{
		displayName: 'Backup Name',
		name: 'backupName',
		type: 'string',
		default: '',
		placeholder: 'e.g. mrdj',
		description: 'The name under which the backups are kept. Leave empty for all.',
	},
];

/** Throws `ConfigurationError` for what can be no component or name. */
export function backupFilter(context: IExecuteFunctions, itemIndex: number): FolderFilter {
	const text = (field: string) => (context.getNodeParameter(field, itemIndex, '') as string).trim();
	const [component, name] = [text('component'), text('backupName')];
	if (component !== '' && !isComponent(component)) {
		throw new ConfigurationError(`There can be no component ${JSON.stringify(component)}.`, {
			hint: 'Components are words in lower-case letters, for example postgres, redis or file.',
		});
	}
	if (name !== '') assertBackupName(name);
	return { ...(component !== '' && { component }), ...(name !== '' && { name }) };
}
