import { calledBy, lookedUpBy, type Workflow, type WorkflowNode } from './workflow';

/**
 * The workflow as it is in an n8n, with the references of this package where its own lead nowhere:
 * what they led to is archived or deleted.
 */
export function repair(
	existing: Workflow,
	shipped: Workflow,
	exists: (workflowId: string) => boolean,
): Workflow {
	const leadsNowhere = (id: string | undefined) => id !== undefined && !exists(id);
	const shippedNodes = new Map(shipped.nodes.map((node) => [node.id, node]));
	const nodes = existing.nodes.map((node) => {
		const origin = shippedNodes.get(node.id);
		if (!origin) return node;
		const parameters = {
			...node.parameters,
			...(leadsNowhere(calledBy(node)) && pick(origin, 'workflowId')),
			...(leadsNowhere(lookedUpBy(node)) && pick(origin, 'filters')),
		};
		return { ...node, parameters };
	});
	const { errorWorkflow } = shipped.settings;
	const settings = {
		...existing.settings,
		...(leadsNowhere(existing.settings.errorWorkflow) && { errorWorkflow }),
	};
	return { ...existing, nodes, settings };
}

const pick = ({ parameters }: WorkflowNode, name: string) => ({ [name]: parameters[name] });
