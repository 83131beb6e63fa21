import { createHash } from 'node:crypto';
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { N8nClient } from '../../../core/n8n/client';
import { createExport, type N8nFacts } from '../../../core/n8n/create-export';
import { type N8nExport, writeExport } from '../../../core/n8n/export-format';
import { N8N, readN8nServer } from '../../shared/credentials';
import { forOperation } from '../../shared/display';
import { thisN8n } from '../this-n8n';

const FILE_NAME = 'n8n-export.json';
const UNKNOWN: N8nFacts = { n8nVersion: null, encryptionKeyFingerprint: null };

export const option: INodePropertyOptions = {
	name: 'Create Export',
	value: 'create',
	action: 'Create export',
	description:
		'Read workflows, tags, folders, variables, data tables and names of credentials by the API of n8n, and change nothing',
};

export const description: INodeProperties[] = forOperation('create', [
	{
		displayName: 'Variable Values',
		name: 'variableValues',
		type: 'boolean',
		default: false,
		description:
			'Whether the values of variables are in the export, not only their names. A value may be a secret: keep such an export in an encrypted repository.',
	},
	{
		displayName: 'Put Output File in Field',
		name: 'binaryPropertyName',
		type: 'string',
		default: 'data',
		required: true,
		hint: 'The name of the output binary field to put the file in',
	},
]);

export async function execute(
	this: IExecuteFunctions,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const server = readN8nServer(await this.getCredentials(N8N, itemIndex));
	const client = new N8nClient(server, this.getExecutionCancelSignal());
	const variableValues = this.getNodeParameter('variableValues', itemIndex) as boolean;
	const content = await createExport(client, { variableValues });
	// The API may be that of another n8n, about which this one knows nothing.
	const isThisN8n = content.workflowStates.some(({ id }) => id === this.getWorkflow().id);
	const exported: N8nExport = { ...content, ...(isThisN8n ? await thisN8n() : UNKNOWN) };
	const bytes = Buffer.from(writeExport(exported));
	const field = this.getNodeParameter('binaryPropertyName', itemIndex) as string;
	const file = await this.helpers.prepareBinaryData(bytes, FILE_NAME, 'application/json');
	const sha256 = createHash('sha256').update(bytes).digest('hex');
	return [{ json: { ...facts(exported), bytes: bytes.length, sha256 }, binary: { [field]: file } }];
}

function facts(content: N8nExport): IDataObject {
	const { workflowStates: states, n8nVersion, encryptionKeyFingerprint, leftOut } = content;
	return {
		...{ n8nVersion, encryptionKeyFingerprint },
		workflows: states.length,
		published: states.filter(({ published }) => published !== 'no').length,
		archived: states.filter(({ archived }) => archived).length,
		tags: content.tags.length,
		folders: content.folders.length,
		variables: content.variables.length,
		credentials: content.credentials.length,
		dataTables: content.dataTables.length,
		leftOut,
		warnings: [],
	};
}
