import type { IExecuteFunctions } from 'n8n-workflow';

/** The value of a resource locator, or `fallback` where it was left empty. */
export function located(
	context: IExecuteFunctions,
	name: string,
	itemIndex: number,
	fallback = '',
): string {
	const value = context.getNodeParameter(name, itemIndex, '', { extractValue: true }) as string;
	return value.trim() === '' ? fallback : value;
}
