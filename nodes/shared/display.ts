import type { INodeProperties } from 'n8n-workflow';

/** Shows every one of `properties` for one operation only, on top of its own conditions. */
export function forOperation(operation: string, properties: INodeProperties[]): INodeProperties[] {
	return properties.map((property) => ({
		...property,
		displayOptions: {
			...property.displayOptions,
			show: { ...property.displayOptions?.show, operation: [operation] },
		},
	}));
}
