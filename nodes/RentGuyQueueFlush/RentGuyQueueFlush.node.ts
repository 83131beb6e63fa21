import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { runOperations } from '../shared/run-operations';
import { rentGuyDashboardTest } from './methods/credentialTest';
import * as flush from './operations/flush.operation';
import * as status from './operations/status.operation';

const operations = { flush, status };

export class RentGuyQueueFlush implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'RentGuy Queue Flush',
		name: 'rentGuyQueueFlush',
		icon: { light: 'file:rentGuyQueueFlush.svg', dark: 'file:rentGuyQueueFlush.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ { flush: "flush queue", status: "get status" }[$parameter["operation"]] }}',
		description: 'See how the RentGuy queue of the platform stands, and have it delivered',
		defaults: { name: 'RentGuy Queue Flush' },
		// A language model must not be handed a tool that sends out what waits.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		// Where a credential is not for all operations: named by what hides it, see Postgres Dump.
		credentials: [
			{
				name: 'drRentGuyDashboardApi',
				required: true,
				testedBy: 'rentGuyDashboardTest',
				displayName: 'RentGuy Dashboard',
			},
		],
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'status',
				options: [flush.option, status.option],
			},
			...flush.description,
			...status.description,
		],
	};

	methods = {
		credentialTest: { rentGuyDashboardTest },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperations(this, operations);
	}
}
