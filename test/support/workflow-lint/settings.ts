import type { INode } from 'n8n-workflow';

import { activeNodes, calledBy, isReporter, type Rule, type ShippedWorkflow } from './rule';

/** Everything that a failed night needs afterwards is kept, unless it is a secret. */
const KEPT = {
	executionOrder: 'v1',
	saveDataErrorExecution: 'all',
	saveDataSuccessExecution: 'all',
	saveManualExecutions: true,
} as const;

/** n8n would keep it unencrypted with the data of the run. */
const FORGOTTEN = {
	executionOrder: 'v1',
	saveDataErrorExecution: 'none',
	saveDataSuccessExecution: 'none',
	saveManualExecutions: false,
	saveExecutionProgress: false,
} as const;

/** A file of a server, a document of a vault, or the header that a caller proves itself by. */
const hasSecretInData = ({ type, parameters }: INode): boolean =>
	(type === 'n8n-nodes-base.ssh' && parameters.operation === 'download') ||
	(type === 'n8n-nodes-base.webhook' &&
		['basicAuth', 'headerAuth'].includes(String(parameters.authentication))) ||
	parameters.source === 'textInJson';

const isZone = (timezone: unknown): boolean =>
	typeof timezone === 'string' && Intl.supportedValuesOf('timeZone').includes(timezone);

/** By a form or a call that somebody has to make. */
const waitsForSomebody = (workflow: ShippedWorkflow): boolean =>
	activeNodes(workflow).some(
		({ type, parameters }) =>
			type === 'n8n-nodes-base.wait' && ['form', 'webhook'].includes(String(parameters.resume)),
	);

/** What waits for somebody, and what calls that. n8n counts the waiting as time of the run. */
function takesPartInWaiting(library: readonly ShippedWorkflow[]): Set<ShippedWorkflow> {
	const found = new Set(library.filter(waitsForSomebody));
	for (const { id } of found) {
		for (const caller of library) if (calledBy(caller).includes(id)) found.add(caller);
	}
	return found;
}

function hasRightLimit(workflow: ShippedWorkflow, library: readonly ShippedWorkflow[]): boolean {
	const limit = Number(workflow.settings?.executionTimeout);
	const waiting = takesPartInWaiting(library);
	if (waiting.has(workflow)) return limit === -1;
	// A part of something without a limit may have none: n8n takes no limit above an hour by itself.
	const isPart = [...waiting].some((one) => calledBy(one).includes(workflow.id));
	return limit > 0 || (isPart && limit === -1);
}

export const hasCompleteSettings: Rule = (workflow, { library }) => {
	const { nodes, settings = {} } = workflow;
	return [
		...Object.entries(nodes.some(hasSecretInData) ? FORGOTTEN : KEPT)
			.filter(([key, value]) => settings[key as keyof typeof KEPT] !== value)
			.map(([key, value]) => `settings.${key} is not ${JSON.stringify(value)}.`),
		...(isZone(settings.timezone) ? [] : ['settings.timezone names no time zone.']),
		...(hasRightLimit(workflow, library) ? [] : ['settings.executionTimeout is no right limit.']),
		// n8n 3 takes the policy "any" away.
		...(['none', 'workflowsFromSameOwner', 'workflowsFromAList'].includes(
			settings.callerPolicy ?? '',
		)
			? []
			: ['settings.callerPolicy does not say who may call it.']),
	];
};

/** What n8n runs when another one fails, and all that this calls. */
function takesPartInReporting(library: readonly ShippedWorkflow[]): Set<ShippedWorkflow> {
	const found = new Set(library.filter(isReporter));
	for (const workflow of found) {
		const called = calledBy(workflow);
		for (const other of library) if (called.includes(other.id)) found.add(other);
	}
	return found;
}

/** A run that fails tells somebody. What tells, and what that calls, must not call itself. */
export const hasErrorWorkflow: Rule = (workflow, { library }) => {
	const reference = workflow.settings?.errorWorkflow;
	if (takesPartInReporting(library).has(workflow)) {
		return reference ? ['An error workflow with an error workflow can run in circles.'] : [];
	}
	const target = library.find(({ id }) => id === reference);
	if (!target) return [`The error workflow "${reference ?? ''}" is not shipped.`];
	return isReporter(target) ? [] : [`"${target.name}" has no error trigger.`];
};
