import { failureOf, outputOf, type Item } from '../../test/support/n8n/n8n-client';
import type { N8nInstance } from '../../test/support/n8n/n8n-instance';

const RUN_LIMIT_MS = 15 * 60_000;

/** A workflow, and the nodes of it whose results are wanted. */
export interface WantedRun {
	id: string;
	nodes: string[];
}

/** The items of those nodes, and how long the workflow took. */
export interface WorkflowRun {
	items: Item[];
	ms: number;
}

/** Runs a workflow by hand; rejects in the words of n8n when it does not succeed. The items of `nodes`. */
export async function runWorkflow(
	n8n: N8nInstance,
	workflow: WantedRun,
	signal: AbortSignal,
): Promise<WorkflowRun> {
	const startedAt = Date.now();
	const executionId = await n8n.client.run(workflow.id);
	const execution = await n8n.client.finished(executionId, RUN_LIMIT_MS, signal);
	if (execution.status !== 'success') throw new Error(failureOf(execution));
	const items = workflow.nodes.map((node) => {
		const [item] = outputOf(execution, node);
		if (!item) throw new Error(`The node "${node}" has no output.`);
		return item;
	});
	return { items, ms: Date.now() - startedAt };
}
