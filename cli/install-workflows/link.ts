import { calledBy, lookedUpBy, type Workflow, type WorkflowNode } from './workflow';

/** A credential that a workflow asks for by name, and that n8n does not have. */
export interface MissingCredential {
	readonly type: string;
	readonly name: string;
}

/** What the names and ids in a shipped workflow stand for in one n8n. */
export interface Links {
	/** Id in that n8n of a workflow, by its id in this package. */
	readonly workflows: ReadonlyMap<string, string>;
	/** Id in that n8n of the credential with this type and name. */
	credential(type: string, name: string): string | undefined;
	/** Whether that n8n has a credential with this id. */
	hasCredential(id: string): boolean;
	/** Types of credential that this n8n does without, and environments: see `environmentOf`. */
	readonly without: ReadonlySet<string>;
}

/** Beside production: `staging` of "Postgres (staging)". Not every site has one. */
export function environmentOf(credential: string): string | undefined {
	return /\((staging|clone)\)$/.exec(credential)?.[1];
}

/** Whether a node needs something that this n8n does without. */
export function doesWithout(
	{ credentials = {} }: WorkflowNode,
	without: Links['without'],
): boolean {
	return Object.entries(credentials).some(
		([type, { name }]) => without.has(type) || without.has(environmentOf(name) ?? ''),
	);
}

/**
 * The workflow with every reference resolved that can be. A credential that somebody has chosen is
 * left as it is. A node that needs a credential which this n8n does without is deactivated; what a
 * deactivated node lacks is not missing.
 */
export function link(
	workflow: Workflow,
	links: Links,
): { workflow: Workflow; missing: MissingCredential[] } {
	const missing: MissingCredential[] = [];
	const nodes = workflow.nodes.map((node) => linkNode(node, links, missing));
	const { errorWorkflow } = workflow.settings;
	const handler = errorWorkflow === undefined ? undefined : links.workflows.get(errorWorkflow);
	const settings = { ...workflow.settings, ...(handler && { errorWorkflow: handler }) };
	return { workflow: { ...workflow, nodes, settings }, missing };
}

function linkNode(node: WorkflowNode, links: Links, missing: MissingCredential[]): WorkflowNode {
	const isLeftOut = doesWithout(node, links.without);
	const isDisabled = isLeftOut || node.disabled === true;
	const credentials = Object.entries(node.credentials ?? {}).map(([type, wanted]) => {
		if (wanted.id && links.hasCredential(wanted.id)) return [type, wanted];
		const id = links.credential(type, wanted.name);
		if (id === undefined && !isDisabled) missing.push({ type, name: wanted.name });
		return [type, { id: id ?? null, name: wanted.name }];
	});
	return {
		...node,
		parameters: linkParameters(node, links),
		...(node.credentials && { credentials: Object.fromEntries(credentials) }),
		...(isLeftOut && { disabled: true }),
	};
}

function linkParameters(node: WorkflowNode, { workflows }: Links): WorkflowNode['parameters'] {
	const { parameters } = node;
	const linked = (id: string | undefined) => {
		const value = id === undefined ? undefined : workflows.get(id);
		if (value === undefined || value === id) return {};
		return { workflowId: { __rl: true, mode: 'id', value } };
	};
	const lookedUp = linked(lookedUpBy(node));
	return {
		...parameters,
		...linked(calledBy(node)),
		...(lookedUp.workflowId && { filters: { ...Object(parameters['filters']), ...lookedUp } }),
	};
}
