import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { COMPONENT } from '../../core/files/newest-file';
import { searchBackupsOf, searchComponents } from '../shared/backup-list';
import { backupRepositoryTest } from '../shared/credential-test';
import { runOperations } from '../shared/run-operations';
import { operations, properties } from './resources';

export class BackupRepository implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Backup Repository',
		name: 'backupRepository',
		icon: { light: 'file:backupRepository.svg', dark: 'file:backupRepository.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { compare: "compare file", createKeyPair: "create key pair", fetch: "fetch file", get: "get event", list: "list backups", prune: "prune backups", record: "record event", report: "report on backups", store: "store file", storeZip: "store files as ZIP", verify: "verify backup" }[$parameter["operation"]] }}',
		description: 'Keep files, see what there is, prove it, prune it and report on it',
		defaults: { name: 'Backup Repository' },
		// A language model must not be handed a tool that removes backups.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'drBackupRepositoryApi',
				required: true,
				testedBy: 'backupRepositoryTest',
				displayName: 'Backup Repository',
			},
		],
		properties,
	};

	methods = {
		credentialTest: { backupRepositoryTest },
		listSearch: {
			searchBackups: searchBackupsOf(),
			searchComponents,
			searchFiles: searchBackupsOf(COMPONENT),
		},
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperations(this, operations);
	}
}
