import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { undoSwap } from '../../../core/postgres/undo-swap';
import { forOperation } from '../../shared/display';
import { located } from '../../shared/located';
import { runContext } from '../../shared/run-context';
import { databaseField } from '../fields';
import { server } from '../parameters';

export const option: INodePropertyOptions = {
	name: 'Undo Swap',
	value: 'undoSwap',
	action: 'Undo swap after restore',
	description: 'Bring back the database that a restore has replaced',
};

export const description: INodeProperties[] = forOperation('undoSwap', [
	databaseField,
	{
		displayName: 'Kept Database',
		name: 'keptDatabase',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		description: 'The one to bring back. Leave empty for the one kept last.',
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'The one kept last',
				typeOptions: { searchListMethod: 'searchKeptDatabases', searchable: true },
			},
			{
				displayName: 'By Name',
				name: 'name',
				type: 'string',
				placeholder: 'e.g. mrdj_db_before_20261122170000',
			},
		],
	},
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const login = await server(this, itemIndex);
	const keptDatabase = located(this, 'keptDatabase', itemIndex);
	const result = await undoSwap(
		{
			server: login,
			database: located(this, 'database', itemIndex, login.database),
			...(keptDatabase !== '' && { keptDatabase }),
		},
		runContext(this),
	);
	return { ...result };
}
