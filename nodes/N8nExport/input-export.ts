import { buffer } from 'node:stream/consumers';
import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { type N8nExport, readExport } from '../../core/n8n/export-format';

/** Where the export lies; read by `inputExport`. */
export const inputField: INodeProperties = {
	displayName: 'Input Binary Field',
	name: 'binaryPropertyName',
	type: 'string',
	default: 'data',
	required: true,
	hint: 'The name of the input field containing the export',
};

/** Throws `IntegrityError` for what is no export. */
export async function inputExport(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<N8nExport> {
	const field = context.getNodeParameter('binaryPropertyName', itemIndex) as string;
	const { id, data } = context.helpers.assertBinaryData(itemIndex, field);
	const bytes =
		id === undefined
			? Buffer.from(data, 'base64')
			: await buffer(await context.helpers.getBinaryStream(id));
	return readExport(bytes.toString('utf8'));
}
