import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { COMPONENT } from '../../core/rentguy/queue/export-facts';
import { redisServerTest } from '../RedisSnapshot/methods/credentialTest';
import { searchBackupsOf } from '../shared/backup-list';
import { backupRepositoryTest } from '../shared/credential-test';
import { runOperations } from '../shared/run-operations';
import { rentGuyDashboardTest } from './methods/credentialTest';
import * as exportQueue from './operations/export.operation';
import * as flush from './operations/flush.operation';
import * as importQueue from './operations/import.operation';
import * as status from './operations/status.operation';

const operations = { export: exportQueue, flush, import: importQueue, status };

export class RentGuyQueueFlush implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RentGuy Queue Flush',
		name: 'rentGuyQueueFlush',
		icon: { light: 'file:rentGuyQueueFlush.svg', dark: 'file:rentGuyQueueFlush.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { export: "export queue", flush: "flush queue", import: "import queue", status: "get status" }[$parameter["operation"]] }}',
		description: 'See how the RentGuy queue of the platform stands, have it delivered, back it up',
		defaults: { name: 'RentGuy Queue Flush' },
		// A language model must not be handed a tool that sends out what waits.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		// The first is named by what hides it, or the operation would leave the panel: see Postgres Dump.
		credentials: [
			{
				name: 'drRentGuyDashboardApi',
				required: true,
				testedBy: 'rentGuyDashboardTest',
				displayName: 'RentGuy Dashboard',
				displayOptions: { hide: { operation: ['export', 'import'] } },
			},
			{
				name: 'drRedisServerApi',
				required: true,
				testedBy: 'redisServerTest',
				displayName: 'Redis Server',
				displayOptions: { show: { operation: ['export', 'import'] } },
			},
			{
				name: 'drBackupRepositoryApi',
				required: true,
				testedBy: 'backupRepositoryTest',
				displayName: 'Backup Repository',
				displayOptions: { show: { operation: ['export', 'import'] } },
			},
		],
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'status',
				options: [exportQueue.option, flush.option, status.option, importQueue.option],
			},
			...exportQueue.description,
			...flush.description,
			...importQueue.description,
			...status.description,
		],
	};

	methods = {
		credentialTest: { backupRepositoryTest, redisServerTest, rentGuyDashboardTest },
		listSearch: { searchBackups: searchBackupsOf(COMPONENT) },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperations(this, operations);
	}
}
