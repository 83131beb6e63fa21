import type { ExportedWorkflow } from './export-format';

/** New ids of workflows and data tables, by their old ones. */
export type NewIds = ReadonlyMap<string, string>;

/** The workflow with each reference to another workflow or a data table changed to its new id. */
export function withNewIds<T extends Pick<ExportedWorkflow, 'nodes' | 'settings'>>(
	workflow: T,
	ids: NewIds,
): T {
	const { errorWorkflow, callerIds } = workflow.settings;
	return {
		...workflow,
		nodes: workflow.nodes.map((node) => ({
			...node,
			...(node.parameters !== undefined && { parameters: inParameters(node.parameters, ids) }),
		})),
		settings: {
			...workflow.settings,
			...(typeof errorWorkflow === 'string' && {
				errorWorkflow: ids.get(errorWorkflow) ?? errorWorkflow,
			}),
			...(typeof callerIds === 'string' && { callerIds: inList(callerIds, ids) }),
		},
	};
}

function inList(callerIds: string, ids: NewIds): string {
	return callerIds
		.split(',')
		.map((id) => ids.get(id.trim()) ?? id.trim())
		.join(', ');
}

/** A field that one chooses from a list names itself as such; older nodes call it `workflowId`. */
function inParameters(value: unknown, ids: NewIds): unknown {
	if (Array.isArray(value)) return value.map((entry) => inParameters(entry, ids));
	if (typeof value !== 'object' || value === null) return value;
	const chosen = '__rl' in value && 'value' in value ? newIdOf(value.value, ids) : undefined;
	if (chosen !== undefined) return { ...withoutLink(value), value: chosen };
	return Object.fromEntries(
		Object.entries(value).map(([name, part]) => {
			const id = name === 'workflowId' ? newIdOf(part, ids) : undefined;
			return [name, id ?? inParameters(part, ids)];
		}),
	);
}

function newIdOf(value: unknown, ids: NewIds): string | undefined {
	return typeof value === 'string' ? ids.get(value) : undefined;
}

/** The link that the editor keeps beside an id leads to the old one. */
function withoutLink(value: object): object {
	return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'cachedResultUrl'));
}
