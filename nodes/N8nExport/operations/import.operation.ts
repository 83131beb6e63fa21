import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { N8nClient } from '../../../core/n8n/client';
import { importExport } from '../../../core/n8n/import-export';
import { N8N, readN8nServer } from '../../shared/credentials';
import { forOperation } from '../../shared/display';
import { inputExport, inputField } from '../input-export';

export const option: INodePropertyOptions = {
	name: 'Import Export',
	value: 'import',
	action: 'Import export',
	description: 'Bring tags, data tables, variables and workflows into an n8n that lacks them',
};

export const description: INodeProperties[] = forOperation('import', [
	inputField,
	{
		displayName: 'Publish What Was Published',
		name: 'publish',
		type: 'boolean',
		default: false,
		description:
			'Whether workflows that ran go to work at once. Leave it off until the credentials are there and somebody has looked.',
	},
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const content = await inputExport(this, itemIndex);
	const server = readN8nServer(await this.getCredentials(N8N, itemIndex));
	const client = new N8nClient(server, this.getExecutionCancelSignal());
	const publish = this.getNodeParameter('publish', itemIndex) as boolean;
	const { workflows, missingCredentials, warnings } = await importExport(client, content, {
		publish,
	});
	return {
		created: workflows.filter((workflow) => workflow.content === 'created').length,
		present: workflows.filter((workflow) => workflow.content === 'present').length,
		published: workflows.filter(({ publication }) => publication === 'published').length,
		workflows: workflows.map((workflow) => ({ ...workflow })),
		missingCredentials,
		warnings,
	};
}
