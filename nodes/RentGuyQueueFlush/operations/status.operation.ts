import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import type { StatusEndpoint } from '../../../core/rentguy/client';
import { forOperation } from '../../shared/display';
import { rentGuyEndpointField } from '../../shared/rentguy-endpoint';
import { dashboardClient } from '../client';

export const option: INodePropertyOptions = {
	name: 'Get Status',
	value: 'status',
	action: 'Get status',
	description: 'Say how many jobs are pending, failed, paused and given up',
};

export const description: INodeProperties[] = forOperation('status', [rentGuyEndpointField]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const client = await dashboardClient(this, itemIndex);
	const endpoint = this.getNodeParameter('endpoint', itemIndex) as StatusEndpoint;
	const status = await client.status(endpoint);
	return { ...status, warnings: client.warnings };
}
