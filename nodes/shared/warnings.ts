import type { IExecuteFunctions } from 'n8n-workflow';

/** Shows the warnings of a result above the node's output, besides leaving them in the item. */
export function showWarnings(context: IExecuteFunctions, warnings: unknown): void {
	if (!Array.isArray(warnings)) return;
	context.addExecutionHints(
		...warnings.map((warning) => ({
			message: String(warning),
			type: 'warning' as const,
			location: 'outputPane' as const,
		})),
	);
}
