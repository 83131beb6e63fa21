import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

/** Makes a file of each item: a text that it holds, or the whole of it as JSON. */
export async function convertToFile(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = this.getInputData().map(async ({ json }, index) => {
		const field = this.getNodeParameter('binaryPropertyName', index) as string;
		const name = this.getNodeParameter('options.fileName', index, '') as string;
		const isText = this.getNodeParameter('operation', index) === 'toText';
		const source = isText ? (this.getNodeParameter('sourceProperty', index) as string) : '';
		const content = Buffer.from(isText ? String(json[source]) : JSON.stringify(json));
		const type = isText ? 'text/plain' : 'application/json';
		const file = await this.helpers.prepareBinaryData(content, name, type);
		return { json: {}, binary: { [field]: file }, pairedItem: { item: index } };
	});
	return [await Promise.all(items)];
}

/** Reads the JSON file of each item; goes on after a failure as the real node does. */
export async function extractFromFile(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const items = this.getInputData().map(async (_item, index): Promise<INodeExecutionData> => {
		const field = this.getNodeParameter('binaryPropertyName', index) as string;
		const key = this.getNodeParameter('destinationKey', index) as string;
		try {
			const content = await this.helpers.getBinaryDataBuffer(index, field);
			const value = JSON.parse(content.toString()) as IDataObject;
			return { json: { [key]: value }, pairedItem: { item: index } };
		} catch (error) {
			if (!this.continueOnFail()) throw error;
			return { json: { error: (error as Error).message }, pairedItem: { item: index } };
		}
	});
	return [await Promise.all(items)];
}
