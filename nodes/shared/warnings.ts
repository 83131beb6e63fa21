import type { IExecuteFunctions } from 'n8n-workflow';

/** What a run has shown already: with many items, most of them warn of the same. */
const shownIn = new WeakMap<IExecuteFunctions, Set<string>>();

/** Shows the warnings of a result above the node's output, each once, besides leaving them in the item. */
export function showWarnings(context: IExecuteFunctions, warnings: unknown): void {
	if (!Array.isArray(warnings)) return;
	const shown = shownIn.get(context) ?? new Set<string>();
	shownIn.set(context, shown);
	for (const message of warnings.map(String)) {
		if (shown.has(message)) continue;
		shown.add(message);
		context.addExecutionHints({ message, type: 'warning', location: 'outputPane' });
	}
}
