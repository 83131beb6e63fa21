import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

interface LoopState {
	left?: INodeExecutionData[];
	done?: INodeExecutionData[];
}

/** Hands out batches by its second output, and by the first one what has come back of all of them. */
export async function splitInBatches(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const state = this.getContext('node') as LoopState;
	const size = this.getNodeParameter('batchSize', 0) as number;
	const items = this.getInputData();
	state.done = state.left ? [...(state.done ?? []), ...items] : [];
	state.left ??= [...items];
	const batch = state.left.splice(0, size);
	return batch.length > 0 ? [[], batch] : [state.done, []];
}
