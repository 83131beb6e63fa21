/** What n8n's API takes of a node; it refuses what else it gives out itself. */
export const NODE_FIELDS: readonly string[] = [
	...['id', 'name', 'webhookId', 'disabled', 'notesInFlow', 'notes', 'type', 'typeVersion'],
	...['executeOnce', 'alwaysOutputData', 'retryOnFail', 'maxTries', 'waitBetweenTries'],
	...['continueOnFail', 'onError', 'position', 'parameters', 'credentials', 'customTelemetryTags'],
];

/** The same of the settings of a workflow. */
export const SETTINGS_FIELDS: readonly string[] = [
	...['saveExecutionProgress', 'saveManualExecutions', 'saveDataErrorExecution'],
	...['saveDataSuccessExecution', 'executionTimeout', 'errorWorkflow', 'timezone'],
	...['executionOrder', 'callerPolicy', 'callerIds', 'timeSavedMode', 'timeSavedPerExecution'],
	...['redactionPolicy', 'availableInMCP', 'customTelemetryTags'],
];

/** The named properties that are there and say something. */
export function pick(
	from: Readonly<Record<string, unknown>>,
	names: readonly string[],
): Record<string, unknown> {
	return Object.fromEntries(
		names
			.filter((name) => from[name] !== undefined && from[name] !== null)
			.map((name) => [name, from[name]]),
	);
}
