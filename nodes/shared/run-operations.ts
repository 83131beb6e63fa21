import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { toNodeError } from './errors';
import { showWarnings } from './warnings';

/** What becomes of one item: the JSON of one, or any number of whole items. */
type Outcome = IDataObject | INodeExecutionData[];

type Execute = (this: IExecuteFunctions, itemIndex: number) => Promise<Outcome>;

/**
 * Runs the chosen operation of a node for each of its items, one after the other. Shows the warnings of
 * each result, and keeps to what the node's settings say about failures.
 */
export async function runOperations(
	context: IExecuteFunctions,
	operations: Readonly<Record<string, { execute: Execute }>>,
): Promise<INodeExecutionData[][]> {
	const results: INodeExecutionData[] = [];
	for (let item = 0; item < context.getInputData().length; item++) {
		try {
			const chosen = context.getNodeParameter('operation', item) as string;
			const operation = operations[chosen];
			if (!operation) throw new Error(`The node has no operation "${chosen}".`);
			const outcome = await operation.execute.call(context, item);
			for (const result of Array.isArray(outcome) ? outcome : [{ json: outcome }]) {
				showWarnings(context, result.json.warnings);
				results.push({ ...result, pairedItem: { item } });
			}
		} catch (caught) {
			const error = toNodeError(context.getNode(), caught, item);
			if (!context.continueOnFail()) throw error;
			results.push({ json: { error: error.message }, error, pairedItem: { item } });
		}
	}
	return [results];
}
