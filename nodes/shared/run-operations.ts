import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { toNodeError } from './errors';
import { showWarnings } from './warnings';

/** What becomes of one item: the JSON of one, or any number of whole items. */
type Outcome = IDataObject | INodeExecutionData[];

type Execute = (this: IExecuteFunctions, itemIndex: number) => Promise<Outcome>;

/** On which of a node's outputs an item leaves it. */
export interface Outputs {
	readonly count: number;
	/** By the result of the operation, from 0. */
	readonly of: (json: IDataObject) => number;
	/** For what failed, where the node's settings let it go on. */
	readonly ofFailure: number;
}

const ONE: Outputs = { count: 1, of: () => 0, ofFailure: 0 };

/**
 * Runs the chosen operation of a node for each of its items, one after the other. Shows the warnings of
 * each result, and keeps to what the node's settings say about failures.
 */
export async function runOperations(
	context: IExecuteFunctions,
	operations: Readonly<Record<string, { execute: Execute }>>,
	outputs = ONE,
): Promise<INodeExecutionData[][]> {
	const results = Array.from({ length: outputs.count }, (): INodeExecutionData[] => []);
	for (let item = 0; item < context.getInputData().length; item++) {
		try {
			const chosen = context.getNodeParameter('operation', item) as string;
			const operation = operations[chosen];
			if (!operation) throw new Error(`The node has no operation "${chosen}".`);
			const outcome = await operation.execute.call(context, item);
			for (const result of Array.isArray(outcome) ? outcome : [{ json: outcome }]) {
				showWarnings(context, result.json.warnings);
				results[outputs.of(result.json)]?.push({ ...result, pairedItem: { item } });
			}
		} catch (caught) {
			const error = toNodeError(context.getNode(), caught, item);
			if (!context.continueOnFail()) throw error;
			const failed = { json: { error: error.message }, error, pairedItem: { item } };
			results[outputs.ofFailure]?.push(failed);
		}
	}
	return results;
}
