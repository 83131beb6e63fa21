import type { WorkflowFile } from './engine-harness';

/** The workflow with nodes that try once: a second is the least that n8n waits between tries. */
export function withoutRetries<Workflow extends WorkflowFile>(workflow: Workflow): Workflow {
	const changed = structuredClone(workflow);
	for (const node of changed.nodes) delete node.retryOnFail;
	return changed;
}
