import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { searchBackupsOf } from '../shared/backup-list';
import { backupRepositoryTest } from '../shared/credential-test';
import { runOperations } from '../shared/run-operations';
import { postgresServerTest } from './methods/credentialTest';
import { searchDatabases, searchKeptDatabases } from './methods/listSearch';
import { getSchemas, getTables } from './methods/loadOptions';
import * as create from './operations/create.operation';
import * as identify from './operations/identify.operation';
import * as restore from './operations/restore.operation';
import * as undoSwap from './operations/undoSwap.operation';
import * as verify from './operations/verify.operation';

const operations = { create, identify, restore, undoSwap, verify };

export class PostgresDump implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Postgres Dump',
		name: 'postgresDump',
		icon: { light: 'file:postgresDump.svg', dark: 'file:postgresDump.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { create: "create dump", identify: "identify server", restore: "restore dump", undoSwap: "undo swap", verify: "verify dump" }[$parameter["operation"]] }}',
		description: 'Back up a Postgres database, prove the backup and restore it',
		defaults: { name: 'Postgres Dump' },
		// A language model must not be handed a tool that replaces databases.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		// Named by what hides them: a field whose every value shows some credential is taken by the
		// editor for the choice of an authentication, and leaves the panel.
		credentials: [
			{
				name: 'drPostgresServerApi',
				required: true,
				testedBy: 'postgresServerTest',
				displayName: 'Postgres Server',
				displayOptions: { hide: { level: ['readable', 'stored'], testOn: ['builtIn'] } },
			},
			{
				name: 'drBackupRepositoryApi',
				required: true,
				testedBy: 'backupRepositoryTest',
				displayName: 'Backup Repository',
				displayOptions: { hide: { operation: ['identify', 'undoSwap'] } },
			},
		],
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'create',
				options: [create.option, identify.option, restore.option, undoSwap.option, verify.option],
			},
			...create.description,
			...identify.description,
			...restore.description,
			...undoSwap.description,
			...verify.description,
		],
	};

	methods = {
		credentialTest: { backupRepositoryTest, postgresServerTest },
		listSearch: {
			searchBackups: searchBackupsOf('postgres'),
			searchDatabases,
			searchKeptDatabases,
		},
		loadOptions: { getSchemas, getTables },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperations(this, operations);
	}
}
