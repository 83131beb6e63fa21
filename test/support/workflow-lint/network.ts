import type { INode } from 'n8n-workflow';

import { activeNodes, TELL_PEOPLE, type Rule } from './rule';

const MESSAGE = /^n8n-nodes-base\.(emailSend|slack)$/;
const REQUEST = 'n8n-nodes-base.httpRequest';
const NETWORK = /^n8n-nodes-base\.(emailSend|httpRequest|n8n|slack|ssh)$/;
const MAX_TRIES = 5;
const MAX_REQUEST_MS = 60_000;

/** One place that knows whom to tell, in which words, and what to do when a way out is closed. */
export const tellsByOneWay: Rule = (workflow) =>
	workflow.id === TELL_PEOPLE
		? []
		: activeNodes(workflow)
				.filter(({ type }) => MESSAGE.test(type))
				.map(({ name }) => `"${name}" sends a message past "Tell people".`);

/**
 * What a command does, or what a document asks to be made, nobody may do again without looking. And n8n
 * repeats all items of a node: it would take away, for that time, what it has just published.
 */
const mayBeRepeated = ({ type, parameters }: INode): boolean =>
	!(type === 'n8n-nodes-base.ssh' && parameters.resource === 'command') &&
	!(type === REQUEST && parameters.method === 'POST' && parameters.sendBody === true) &&
	!(type === 'n8n-nodes-base.n8n' && parameters.operation === 'activate');

/** A network hiccup is no failure; and what still fails is told, or hides nothing. */
export const triesAgain: Rule = (workflow) =>
	activeNodes(workflow)
		.filter(({ type }) => NETWORK.test(type))
		.flatMap((node) => {
			const { name, retryOnFail, maxTries = 0, onError = 'stopWorkflow' } = node;
			const triesAgain = retryOnFail && maxTries > 1 && maxTries <= MAX_TRIES;
			return [
				...(triesAgain || !mayBeRepeated(node) ? [] : [`"${name}" tries once.`]),
				...(onError === 'stopWorkflow' ? [`A failure of "${name}" stops the others.`] : []),
			];
		});

/** n8n waits for five minutes by itself. */
export const limitsRequests: Rule = (workflow) =>
	activeNodes(workflow)
		.filter(({ type }) => type === REQUEST)
		.filter(({ parameters }) => {
			const { timeout = 0 } = (parameters.options ?? {}) as { timeout?: number };
			return !(timeout > 0 && timeout <= MAX_REQUEST_MS);
		})
		.map(({ name }) => `"${name}" may wait for minutes.`);
