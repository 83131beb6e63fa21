import { activeNodes, type Rule } from './rule';

const WEBHOOK = 'n8n-nodes-base.webhook';
const FORM = 'n8n-nodes-base.formTrigger';
const SIGNATURE = 'n8n-nodes-base.jwt';

/** Anybody can reach a web address: what comes in by one is checked by n8n, or by the very next node. */
export const knowsItsCallers: Rule = (workflow) => [
	...activeNodes(workflow)
		.filter(({ type, parameters }) => type === FORM && isOpen(parameters.authentication))
		.map(({ name }) => `"${name}" lets in anybody.`),
	...activeNodes(workflow)
		.filter(({ type, parameters }) => type === WEBHOOK && isOpen(parameters.authentication))
		.filter(({ name }) => {
			const next = (workflow.connections[name]?.main ?? []).flatMap((branch) => branch ?? []);
			const typeOf = (wanted: string) => workflow.nodes.find((one) => one.name === wanted)?.type;
			return next.some(({ node }) => typeOf(node) !== SIGNATURE);
		})
		.map(({ name }) => `"${name}" lets in anybody.`),
];

const isOpen = (authentication: unknown): boolean =>
	authentication === undefined || authentication === 'none';
