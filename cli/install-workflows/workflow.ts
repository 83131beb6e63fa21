import { z } from 'zod';

const credentials = z.record(
	z.string(),
	z.object({ id: z.string().nullish(), name: z.string().default('') }),
);

const node = z.looseObject({
	id: z.string(),
	name: z.string(),
	type: z.string(),
	parameters: z.record(z.string(), z.unknown()),
	credentials: credentials.optional(),
	disabled: z.boolean().optional(),
});

/** What makes up a workflow, in a shipped file and in n8n's API alike. */
export const workflowSchema = z.object({
	id: z.string(),
	name: z.string(),
	nodes: z.array(node),
	connections: z.record(z.string(), z.unknown()),
	settings: z.looseObject({ errorWorkflow: z.string().optional() }).default({}),
	tags: z.array(z.object({ name: z.string() })).optional(),
});

/** @see workflowSchema */
export type Workflow = z.infer<typeof workflowSchema>;
export type WorkflowNode = Workflow['nodes'][number];

const reference = z.object({ workflowId: z.object({ value: z.string() }) });

/** Id of the workflow that a node calls, if it calls one by its id. */
export function calledBy({ type, parameters }: WorkflowNode): string | undefined {
	if (!/\.(executeWorkflow|toolWorkflow)$/.test(type)) return undefined;
	const { data } = reference.safeParse(parameters);
	return data?.workflowId.value;
}

const lookUp = z.object({ filters: reference });

/** Id of the workflow whose runs a node looks up, if it does so by its id. */
export function lookedUpBy({ type, parameters }: WorkflowNode): string | undefined {
	if (!/\.n8n$/.test(type)) return undefined;
	return lookUp.safeParse(parameters).data?.filters.workflowId.value;
}

/** Ids of the workflows that it calls, by nodes that are not deactivated. */
export function callsOf({ nodes }: Workflow): string[] {
	const ids = nodes.filter(({ disabled }) => !disabled).map(calledBy);
	return [...new Set(ids.filter((id) => id !== undefined))];
}

/** Ids of the workflows that have to exist before this one. */
export function referencesOf({ nodes, settings }: Workflow): string[] {
	const ids = [
		settings.errorWorkflow,
		...nodes.flatMap((node) => [calledBy(node), lookedUpBy(node)]),
	];
	return [...new Set(ids.filter((id) => id !== undefined))];
}

/** Whether publishing it does anything: something besides a person has to be able to start it. */
export function isPublishable({ nodes }: Workflow): boolean {
	return nodes.some(
		({ type, disabled }) =>
			!disabled && /trigger|webhook/i.test(type) && !/\.manualTrigger$/.test(type),
	);
}
