import { ERROR_TRIGGER, type Rule } from './rule';

/** Everything that a failed night needs afterwards is kept. */
const KEPT = {
	executionOrder: 'v1',
	saveDataErrorExecution: 'all',
	saveDataSuccessExecution: 'all',
	saveManualExecutions: true,
} as const;

const isZone = (timezone: unknown): boolean =>
	typeof timezone === 'string' && Intl.supportedValuesOf('timeZone').includes(timezone);

export const hasCompleteSettings: Rule = ({ settings = {} }) => [
	...Object.entries(KEPT)
		.filter(([key, value]) => settings[key as keyof typeof KEPT] !== value)
		.map(([key, value]) => `settings.${key} is not ${JSON.stringify(value)}.`),
	...(isZone(settings.timezone) ? [] : ['settings.timezone names no time zone.']),
	...(Number(settings.executionTimeout) > 0 ? [] : ['settings.executionTimeout sets no limit.']),
	// n8n 3 takes the policy "any" away.
	...(['none', 'workflowsFromSameOwner', 'workflowsFromAList'].includes(settings.callerPolicy ?? '')
		? []
		: ['settings.callerPolicy does not say who may call it.']),
];

/** A scheduled run that fails tells somebody. The workflow that tells must not call itself. */
export const hasErrorWorkflow: Rule = ({ nodes, settings }, { library }) => {
	const reference = settings?.errorWorkflow;
	if (nodes.some(({ type }) => type === ERROR_TRIGGER)) {
		return reference ? ['An error workflow with an error workflow can run in circles.'] : [];
	}
	const target = library.find(({ id }) => id === reference);
	if (!target) return [`The error workflow "${reference ?? ''}" is not shipped.`];
	const listens = target.nodes.some(({ type }) => type === ERROR_TRIGGER);
	return listens ? [] : [`"${target.name}" has no error trigger.`];
};
