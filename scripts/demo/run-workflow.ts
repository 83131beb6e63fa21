import { failureOf, outputOf, type Item } from '../../test/support/n8n/n8n-client';
import type { N8nInstance } from '../../test/support/n8n/n8n-instance';

const RUN_LIMIT_MS = 15 * 60_000;

/** A shipped workflow, and the nodes of it whose results are wanted. */
export interface WantedRun {
	id: string;
	name: string;
	nodes: readonly string[];
}

/** The first item of each of those nodes, and the time from the press of the button to the end. */
export interface WorkflowRun {
	items: Item[];
	ms: number;
}

/** Runs a workflow by hand; rejects in the words of n8n when it does not succeed. */
export async function runWorkflow(
	n8n: N8nInstance,
	{ id, name, nodes }: WantedRun,
	signal: AbortSignal,
): Promise<WorkflowRun> {
	const startedAt = Date.now();
	const executionId = await n8n.client.run(id);
	const execution = await n8n.client.finished(executionId, RUN_LIMIT_MS, signal);
	const ms = Date.now() - startedAt;
	if (execution.status !== 'success') throw new Error(`${name}: ${failureOf(execution)}`);
	const items = nodes.map((node) => {
		const [item] = outputOf(execution, node);
		if (!item) throw new Error(`The node "${node}" of "${name}" has no output.`);
		return item;
	});
	return { items, ms };
}
