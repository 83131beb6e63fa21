import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { COMPONENT } from '../../core/files/newest-file';
import { searchBackupsOf } from '../shared/backup-list';
import { backupRepositoryTest } from '../shared/credential-test';
import { runOperations } from '../shared/run-operations';
import { gitRepositoryTest, n8nTest } from './methods/credentialTest';
import * as commit from './operations/commit.operation';
import * as create from './operations/create.operation';
import * as importExport from './operations/import.operation';
import * as verify from './operations/verify.operation';

const operations = { commit, create, import: importExport, verify };

export class N8nExport implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'N8n Export',
		name: 'n8nExport',
		icon: { light: 'file:n8nExport.svg', dark: 'file:n8nExport.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { commit: "commit export to Git", create: "create export", import: "import export", verify: "verify export" }[$parameter["operation"]] }}',
		description:
			'Write down all workflows of an n8n, keep them in Git, prove them and bring them back',
		defaults: { name: 'N8n Export' },
		// A language model must not be handed a tool that brings workflows into an n8n.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		// The first is named by what hides it, or the operation would leave the panel: see Postgres Dump.
		credentials: [
			{
				name: 'drN8nApi',
				required: true,
				testedBy: 'n8nTest',
				displayName: 'n8n',
				displayOptions: { hide: { operation: ['commit'], level: ['readable', 'stored'] } },
			},
			{
				name: 'drGitRepositoryApi',
				required: true,
				testedBy: 'gitRepositoryTest',
				displayName: 'Git Repository',
				displayOptions: { show: { operation: ['commit'] } },
			},
			{
				name: 'drBackupRepositoryApi',
				required: true,
				testedBy: 'backupRepositoryTest',
				displayName: 'Backup Repository',
				displayOptions: { show: { operation: ['verify'] } },
			},
		],
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'create',
				options: [commit.option, create.option, importExport.option, verify.option],
			},
			...commit.description,
			...create.description,
			...importExport.description,
			...verify.description,
		],
	};

	methods = {
		credentialTest: { backupRepositoryTest, gitRepositoryTest, n8nTest },
		listSearch: { searchBackups: searchBackupsOf(COMPONENT) },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperations(this, operations);
	}
}
