import type { N8nInstance } from '../../test/support/n8n/n8n-instance';
import type { Progress } from './progress';
import { runWorkflow, type WantedRun, type WorkflowRun } from './run-workflow';

/** Does what happens in the story step by step, and tells of each. */
export interface Narrator {
	step<Result>(title: string, work: () => Promise<Result>): Promise<Result>;
	run(workflow: WantedRun): Promise<WorkflowRun>;
}

/** After `signal` no further step begins. */
export function narrate(n8n: N8nInstance, progress: Progress, signal: AbortSignal): Narrator {
	const step: Narrator['step'] = async (title, work) => {
		signal.throwIfAborted();
		return await progress.step(title, work);
	};
	return {
		step,
		run: async (workflow) =>
			await step(`The workflow "${workflow.name}" has run`, async () => {
				return await runWorkflow(n8n, workflow, signal);
			}),
	};
}
