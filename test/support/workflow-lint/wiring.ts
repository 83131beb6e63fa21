import { activeNodes, callOf, lookUpOf, type Rule } from './rule';

const SCHEDULE = 'n8n-nodes-base.scheduleTrigger';
const MANUAL = 'n8n-nodes-base.manualTrigger';

/** For the drill, for the first run, and for n8n's command line. */
export const canBeRunByHand: Rule = ({ nodes }) => {
	const types = nodes.map(({ type }) => type);
	return types.includes(SCHEDULE) && !types.includes(MANUAL)
		? ['It has a schedule but no manual trigger.']
		: [];
};

/** Items that leave by an output to nowhere are gone; for errors that means unseen. */
export const wiresErrorOutputs: Rule = (workflow, { own }) =>
	activeNodes(workflow)
		.filter(({ onError }) => onError === 'continueErrorOutput')
		.filter(({ name, type }) => {
			const outputs = own(type)?.outputs;
			const errorOutput = Array.isArray(outputs) ? outputs.length : 1;
			return !workflow.connections[name]?.main?.[errorOutput]?.length;
		})
		.map(({ name }) => `The error output of "${name}" leads nowhere.`);

export const leavesNoNodeAlone: Rule = (workflow) => {
	const wired = new Set(Object.keys(workflow.connections));
	for (const outputs of Object.values(workflow.connections)) {
		for (const branch of Object.values(outputs).flat()) {
			for (const { node } of branch ?? []) wired.add(node);
		}
	}
	return activeNodes(workflow)
		.filter(({ name, disabled }) => !wired.has(name) || disabled)
		.map(({ name }) => `"${name}" is not connected, or disabled.`);
};

/** Names in expressions, and workflows that are called. */
export const resolvesReferences: Rule = (workflow, { library }) => {
	const names = new Set(workflow.nodes.map(({ name }) => name));
	return activeNodes(workflow).flatMap((node) => {
		const { name, parameters } = node;
		const text = JSON.stringify(parameters);
		const missing = [...text.matchAll(/\$\(\\?["']([^"'\\]+)\\?["']\)/g)]
			.map(([, reference]) => reference ?? '')
			.filter((reference) => !names.has(reference))
			.map((reference) => `"${name}" refers to the missing node "${reference}".`);
		const foreign = [callOf(node), lookUpOf(node)]
			.filter((value) => value !== undefined)
			.filter((value) => !library.some(({ id }) => id === value))
			.map((value) => `"${name}" refers to the unknown workflow "${String(value)}".`);
		return [...missing, ...foreign];
	});
};
