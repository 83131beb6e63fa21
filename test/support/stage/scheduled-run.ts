import { eventually } from '../eventually';
import type { Execution, N8nClient } from '../n8n/n8n-client';

const START_LIMIT_MS = 60_000;

/** Ids of all runs of a workflow, also of those that are not over. Newest first. */
export async function runsOf(client: N8nClient, workflowId: string): Promise<string[]> {
	const filter = encodeURIComponent(JSON.stringify({ workflowId }));
	const { results } = await client.editor<{ results: { id: string }[] }>(
		...(['GET', `executions?filter=${filter}`] as const),
	);
	return results.map(({ id }) => id);
}

/** Waits for a run that is none of `known`, and until it is over, however it ends. */
export async function nextRunOf(
	client: N8nClient,
	workflowId: string,
	known: readonly string[],
): Promise<Execution> {
	return await client.finished(await started(client, workflowId, known));
}

/** Lets the schedule of a workflow start one run, and waits until that is over. */
export async function runOnSchedule(client: N8nClient, workflowId: string): Promise<Execution> {
	const known = await runsOf(client, workflowId);
	await client.publish(workflowId);
	const id = await started(client, workflowId, known);
	await client.unpublish(workflowId);
	return await client.finished(id);
}

async function started(
	client: N8nClient,
	workflowId: string,
	known: readonly string[],
): Promise<string> {
	return await eventually(async () => {
		const run = (await runsOf(client, workflowId)).find((id) => !known.includes(id));
		if (run === undefined) throw new Error(`No run of ${workflowId} has begun.`);
		return run;
	}, START_LIMIT_MS);
}
