import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import type { StatusEndpoint } from '../../../core/rentguy/client';
import { forOperation } from '../../shared/display';
import { dashboardClient } from '../client';

export const option: INodePropertyOptions = {
	name: 'Get Status',
	value: 'status',
	action: 'Get status',
	description: 'Say how many jobs are pending, failed, paused and given up',
};

export const description: INodeProperties[] = forOperation('status', [
	{
		displayName: 'Endpoint',
		name: 'endpoint',
		type: 'options',
		noDataExpression: true,
		default: 'dashboard',
		options: [
			{
				name: 'Dashboard',
				value: 'dashboard',
				description: 'With the login, which is checked by that',
			},
			{
				name: 'Public',
				value: 'public',
				description: 'Without the login, also while the dashboard is disabled',
			},
		],
	},
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const client = await dashboardClient(this, itemIndex);
	const endpoint = this.getNodeParameter('endpoint', itemIndex) as StatusEndpoint;
	const status = await client.status(endpoint);
	return { ...status, warnings: client.warnings };
}
