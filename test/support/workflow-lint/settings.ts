import type { INode } from 'n8n-workflow';

import { calledBy, isReporter, type Rule, type ShippedWorkflow } from './rule';

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

export const hasCompleteSettings: Rule = ({ nodes, settings = {} }) => [
	...Object.entries(nodes.some(hasSecretInData) ? FORGOTTEN : KEPT)
		.filter(([key, value]) => settings[key as keyof typeof KEPT] !== value)
		.map(([key, value]) => `settings.${key} is not ${JSON.stringify(value)}.`),
	...(isZone(settings.timezone) ? [] : ['settings.timezone names no time zone.']),
	...(Number(settings.executionTimeout) > 0 ? [] : ['settings.executionTimeout sets no limit.']),
	// n8n 3 takes the policy "any" away.
	...(['none', 'workflowsFromSameOwner', 'workflowsFromAList'].includes(settings.callerPolicy ?? '')
		? []
		: ['settings.callerPolicy does not say who may call it.']),
];

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
