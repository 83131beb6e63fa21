import { calledBy, callOf, type Rule, type ShippedWorkflow } from './rule';

const SETTINGS = 'drSettings';

/** What a site changes is read; and what is read is there, in the words in which it is read. */
export const agreesWithSettings: Rule = (workflow, { library }) => {
	const values = valuesOf(library);
	if (workflow.id !== SETTINGS) return missingIn(workflow, values);
	const readers = library.filter((one) => calledBy(one).includes(SETTINGS));
	const texts = readers.map((reader) => JSON.stringify(reader.nodes));
	return values
		.filter((value) => !texts.some((text) => reads(text, value)))
		.map((value) => `Nobody reads "${value}".`);
};

/** Dotted names, in their order. */
function valuesOf(library: readonly ShippedWorkflow[]): string[] {
	const settings = library.find(({ id }) => id === SETTINGS);
	return (settings?.nodes ?? []).flatMap(({ parameters }) => {
		const list = parameters.assignments as { assignments: { name: string }[] } | undefined;
		return (list?.assignments ?? []).map(({ name }) => name);
	});
}

/** By its name, or by an expression in brackets behind the group that it belongs to. */
function reads(text: string, value: string): boolean {
	const group = value.slice(0, value.lastIndexOf('.'));
	return new RegExp(`\\bjson\\.(?:${literal(value)}\\b|${literal(group)}\\[)`).test(text);
}

/** Of the paths behind the node that reads the settings, and behind its item, those that lead to no value. */
function missingIn(workflow: ShippedWorkflow, values: readonly string[]): string[] {
	const readers = workflow.nodes.filter((node) => callOf(node) === SETTINGS);
	const paths = readers.flatMap(({ name }) => {
		const next = workflow.connections[name]?.main?.flat().map((connection) => connection?.node);
		return [
			...pathsBehind(`\\$\\('${name}'\\)\\.(?:first\\(\\)|item)\\.json`, workflow.nodes),
			...pathsBehind(
				'\\$json',
				workflow.nodes.filter((node) => next?.includes(node.name)),
			),
		];
	});
	return [...new Set(paths)]
		.filter((path) => !values.some((value) => leadsTo(path, value)))
		.map((path) => `The settings have no "${path}".`);
}

function pathsBehind(pattern: string, nodes: ShippedWorkflow['nodes']): string[] {
	const path = new RegExp(`${pattern}\\.([\\w.]+)`, 'g');
	return [...JSON.stringify(nodes).matchAll(path)].map(([, found]) => found ?? '');
}

/** A method may follow a value; brackets may follow a group. */
const leadsTo = (path: string, value: string): boolean =>
	`${path}.`.startsWith(`${value}.`) || value.startsWith(`${path}.`);

const literal = (text: string): string => text.replace(/\./g, '\\.');
