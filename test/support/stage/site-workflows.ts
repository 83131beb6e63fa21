import { randomUUID } from 'node:crypto';

import type { Workflow } from '../n8n/n8n-client';

/** A node as its type, its parameters and what else n8n keeps of it. */
type NodeSketch = [type: string, version: number, parameters: object, more?: object];

const SCHEDULE: NodeSketch = [
	...(['scheduleTrigger', 1.4, { rule: { interval: [{ field: 'months' }] } }] as const),
];
const SUB_TRIGGER: NodeSketch = ['executeWorkflowTrigger', 1.2, { inputSource: 'passthrough' }];

/** A workflow of the site that a schedule starts. */
export const scheduled = (id: string): Workflow => chain(id, [SCHEDULE, says('published')]);

/** One that answers a request with what its version is called. */
export function onRequest(
	id: string,
	path: string,
	methods: readonly string[] = ['GET'],
): Workflow {
	const several = methods.length > 1;
	const webhook: NodeSketch = [
		...(['webhook', 2.1] as const),
		{
			path,
			multipleMethods: several,
			httpMethod: several ? methods : methods[0],
			...(several ? {} : { responseMode: 'lastNode' }),
			options: {},
		},
		{ webhookId: randomUUID() },
	];
	return chain(id, [webhook, says('published')]);
}

/** One that people start by filling in a form. */
export const onForm = (id: string, path: string): Workflow =>
	chain(id, [
		[
			...(['formTrigger', 2.6] as const),
			{ formTitle: id, formFields: { values: [{ fieldLabel: 'Name' }] }, options: { path } },
			{ webhookId: randomUUID() },
		],
		says('published'),
	]);

/** One that others call; it may itself call another one. */
export const called = (id: string, callee?: string): Workflow =>
	chain(id, [SUB_TRIGGER, callee === undefined ? says('published') : calls(callee)]);

/** One that a schedule starts, and that calls another one. */
export const caller = (id: string, callee: string): Workflow =>
	chain(id, [SCHEDULE, calls(callee)]);

/** One that a person starts, and that hands these values to another one. */
export const calling = (id: string, callee: string, values: Record<string, string>): Workflow =>
	chain(id, [['manualTrigger', 1, {}], sets(values), calls(callee)]);

/** What somebody makes of a workflow who is not done yet. */
export function redrafted(workflow: Workflow): Pick<Workflow, 'nodes'> {
	return JSON.parse(
		JSON.stringify({ nodes: workflow.nodes }).replaceAll('"published"', '"draft"'),
	) as Pick<Workflow, 'nodes'>;
}

const says = (version: string): NodeSketch => sets({ version });

const sets = (values: Record<string, string>): NodeSketch => [
	...(['set', 3.5] as const),
	{
		mode: 'manual',
		assignments: {
			assignments: Object.entries(values).map(([name, value]) => ({
				...{ id: randomUUID(), name, value, type: 'string' },
			})),
		},
		includeOtherFields: false,
		options: {},
	},
];

const calls = (id: string): NodeSketch => [
	...(['executeWorkflow', 1.3] as const),
	{
		source: 'database',
		workflowId: { __rl: true, mode: 'id', value: id },
		mode: 'once',
		options: {},
	},
];

function chain(id: string, sketches: readonly NodeSketch[]): Workflow {
	const nodes = sketches.map(([type, typeVersion, parameters, more], index) => ({
		...{ id: randomUUID(), name: `Step ${index}`, type: `n8n-nodes-base.${type}`, typeVersion },
		...{ position: [index * 224, 0], parameters: { ...parameters }, ...more },
	}));
	const connections = Object.fromEntries(
		nodes
			.slice(1)
			.map((node, index) => [
				`Step ${index}`,
				{ main: [[{ node: node.name, type: 'main', index: 0 }]] },
			]),
	);
	const settings = { executionOrder: 'v1' };
	return { id, name: `Site ${id}`, active: false, nodes, connections, settings, tags: [] };
}
