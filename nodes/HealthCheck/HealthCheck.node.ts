import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { type Outputs, runOperations } from '../shared/run-operations';
import { checksField } from './checks';
import { credentials } from './credentials';
import * as checkOnce from './operations/checkOnce.operation';
import * as waitUntilHealthy from './operations/waitUntilHealthy.operation';

const operations = { checkOnce, waitUntilHealthy };

/** What could not even be checked is not healthy either. */
const outputs: Outputs = {
	count: 2,
	of: ({ status }) => (status === 'fail' ? 1 : 0),
	ofFailure: 1,
};

export class HealthCheck implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Health Check',
		name: 'healthCheck',
		icon: { light: 'file:healthCheck.svg', dark: 'file:healthCheck.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { checkOnce: "check once", waitUntilHealthy: "wait until healthy" }[$parameter["operation"]] }}',
		description: 'Check that services are healthy, or wait until they are',
		defaults: { name: 'Health Check' },
		// It reaches any address that it is given; a language model must not choose them.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Healthy', 'Unhealthy'],
		credentials,
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'checkOnce',
				options: [checkOnce.option, waitUntilHealthy.option],
			},
			checksField,
			...checkOnce.description,
			...waitUntilHealthy.description,
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperations(this, operations, outputs);
	}
}
