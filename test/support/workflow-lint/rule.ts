import type { INode, INodeTypeDescription, IWorkflowSettings } from 'n8n-workflow';

import type { WorkflowFile } from '../engine-harness';

/** One file of workflows/, parsed, with what it says beyond what the engine reads. */
export interface ShippedWorkflow extends WorkflowFile {
	id: string;
	active?: unknown;
	description?: unknown;
	tags?: { id?: unknown; name?: unknown }[];
	pinData?: Record<string, unknown>;
	settings?: IWorkflowSettings;
	nodes: INode[];
}

export interface LintContext {
	/** All shipped workflows, to resolve references between them. */
	library: readonly ShippedWorkflow[];
	/** Description of a node of this package; undefined for the nodes of n8n itself. */
	own(type: string): INodeTypeDescription | undefined;
}

/** Says in words what is wrong; nothing when all is well. */
export type Rule = (workflow: ShippedWorkflow, context: LintContext) => string[];

export const STICKY_NOTE = 'n8n-nodes-base.stickyNote';

const ERROR_TRIGGER = 'n8n-nodes-base.errorTrigger';
const N8N = 'n8n-nodes-base.n8n';
const SUB_WORKFLOW = 'n8n-nodes-base.executeWorkflow';

/** Id of the workflow that writes to people. */
export const TELL_PEOPLE = 'drTellPeople';

/** Whether n8n runs it when another one fails. */
export const isReporter = ({ nodes }: ShippedWorkflow): boolean =>
	nodes.some(({ type }) => type === ERROR_TRIGGER);

/** The workflow that a node calls, as far as it is one. */
export const callOf = ({ type, parameters }: INode): unknown =>
	type === SUB_WORKFLOW ? (parameters.workflowId as { value?: unknown })?.value : undefined;

/** The workflow whose runs a node looks up, as far as it is one. */
export const lookUpOf = ({ type, parameters }: INode): unknown =>
	type === N8N
		? (parameters.filters as { workflowId?: { value?: unknown } } | undefined)?.workflowId?.value
		: undefined;

/** Ids of the workflows that it calls. */
export const calledBy = ({ nodes }: ShippedWorkflow): unknown[] =>
	nodes.map(callOf).filter((id) => id !== undefined);

/** The nodes that do something. */
export const activeNodes = (workflow: ShippedWorkflow): INode[] =>
	workflow.nodes.filter(({ type }) => type !== STICKY_NOTE);
