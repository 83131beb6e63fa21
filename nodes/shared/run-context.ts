import type { IExecuteFunctions } from 'n8n-workflow';

/** What every long operation of `core/` wants to know about the run that it belongs to. */
export interface RunContext {
	readonly signal?: AbortSignal;
	readonly n8n: { workflowId: string; executionId: string };
}

export function runContext(context: IExecuteFunctions): RunContext {
	const signal = context.getExecutionCancelSignal();
	return {
		...(signal && { signal }),
		n8n: {
			workflowId: context.getWorkflow().id ?? '',
			executionId: context.getExecutionId(),
		},
	};
}
