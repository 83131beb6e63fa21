import { isDeepStrictEqual } from 'node:util';
import type { ExportedWorkflow } from './export-format';
import { isMark } from './throw-away';

type Json = Readonly<Record<string, unknown>>;

const PARTS = ['nodes', 'connections', 'nodeGroups', 'settings', 'pinData'] as const;

/**
 * How the workflows in another n8n differ from those of an export, as sentences. What that n8n decides
 * by itself is left aside: the ids of credentials, which are others there, the address of a webhook
 * that had none, settings that hang on its licence, and a time limit that is its own default.
 */
export function differencesBetween(
	expected: readonly ExportedWorkflow[],
	found: readonly ExportedWorkflow[],
): string[] {
	const left = [...found];
	const differences = expected.flatMap((workflow) => {
		// Several may have the same name: the one that fits best is meant.
		const [best] = left
			.filter(({ name }) => name === workflow.name)
			.map((candidate) => ({ candidate, parts: differingParts(workflow, candidate) }))
			.sort((a, b) => a.parts.length - b.parts.length);
		if (!best) return [`The workflow "${workflow.name}" is missing.`];
		left.splice(left.indexOf(best.candidate), 1);
		if (best.parts.length === 0) return [];
		return [`The workflow "${workflow.name}" has come in with other ${best.parts.join(', ')}.`];
	});
	return [...differences, ...left.map(({ name }) => `The workflow "${name}" is one too many.`)];
}

function differingParts(expected: ExportedWorkflow, found: ExportedWorkflow): string[] {
	const came = { ...found, nodes: found.nodes.filter((node) => !isMark(node)) };
	// An n8n drops a time limit that is its own default.
	const hasLimit = 'executionTimeout' in found.settings;
	const settings = hasLimit ? expected.settings : without(expected.settings, 'executionTimeout');
	const [before, after] = [comparable({ ...expected, settings }), comparable(came)];
	const added = webhooksAdded(expected, came);
	const nodes = after.nodes.map((node) =>
		added.has(node['id']) ? without(node, 'webhookId') : node,
	);
	return PARTS.filter((part) => !isDeepStrictEqual(before[part], { ...after, nodes }[part]));
}

function comparable({ nodes, settings, ...rest }: ExportedWorkflow) {
	return {
		...rest,
		nodes: nodes.map(withoutCredentialIds),
		settings: without(without(settings, 'redactionPolicy'), 'availableInMCP'),
	};
}

function withoutCredentialIds(node: Json): Json {
	const { credentials } = node;
	if (typeof credentials !== 'object' || credentials === null) return node;
	const named = Object.entries(credentials).map(([type, one]) => [
		type,
		typeof one === 'object' && one !== null ? without(one as Json, 'id') : { name: one as unknown },
	]);
	return { ...node, credentials: Object.fromEntries(named) as unknown };
}

/** Ids of the nodes that n8n has given an address, which had none. */
function webhooksAdded(expected: ExportedWorkflow, found: ExportedWorkflow): Set<unknown> {
	const had = new Set(
		expected.nodes.filter(({ webhookId }) => webhookId !== undefined).map(({ id }) => id),
	);
	return new Set(found.nodes.map(({ id }) => id).filter((id) => !had.has(id)));
}

function without(object: Json, name: string): Json {
	return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
}
