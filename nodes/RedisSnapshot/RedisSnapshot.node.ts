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
import { redisServerTest } from './methods/credentialTest';
import * as create from './operations/create.operation';
import * as identify from './operations/identify.operation';
import * as restore from './operations/restore.operation';
import * as verify from './operations/verify.operation';

const operations = { create, identify, restore, verify };

export class RedisSnapshot implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Redis Snapshot',
		name: 'redisSnapshot',
		icon: { light: 'file:redisSnapshot.svg', dark: 'file:redisSnapshot.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { create: "create snapshot", identify: "identify server", restore: "restore snapshot", verify: "verify snapshot" }[$parameter["operation"]] }}',
		description: 'Back up a Redis server, prove the backup and restore it',
		defaults: { name: 'Redis Snapshot' },
		// A language model must not be handed a tool that replaces databases.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		// Named by what hides them, see Postgres Dump.
		credentials: [
			{
				name: 'drRedisServerApi',
				required: true,
				testedBy: 'redisServerTest',
				displayName: 'Redis Server',
				displayOptions: { hide: { level: ['readable', 'stored'], testOn: ['machine'] } },
			},
			{
				name: 'drBackupRepositoryApi',
				required: true,
				testedBy: 'backupRepositoryTest',
				displayName: 'Backup Repository',
				displayOptions: { hide: { operation: ['identify'] } },
			},
		],
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'create',
				options: [create.option, identify.option, restore.option, verify.option],
			},
			...create.description,
			...identify.description,
			...restore.description,
			...verify.description,
		],
	};

	methods = {
		credentialTest: { backupRepositoryTest, redisServerTest },
		listSearch: { searchBackups: searchBackupsOf('redis') },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperations(this, operations);
	}
}
