import type { N8nClient } from '../n8n/n8n-client';
import { nodeOf } from './shipped-workflow';

const SETTINGS = 'drSettings';

/** Changes values of the workflow "Settings", by their dotted names, and publishes it. */
export async function changeSettings(
	client: N8nClient,
	values: Readonly<Record<string, string | number>>,
): Promise<void> {
	const workflow = await client.workflow(SETTINGS);
	const { assignments } = nodeOf(workflow, 'Site settings').parameters['assignments'] as {
		assignments: { name: string; value: unknown }[];
	};
	for (const [name, value] of Object.entries(values)) {
		const found = assignments.find((one) => one.name === name);
		if (!found) throw new Error(`The settings have no "${name}".`);
		found.value = value;
	}
	const { nodes, versionId } = workflow;
	await client.editor('PATCH', `workflows/${SETTINGS}`, { nodes, versionId });
	await client.publish(SETTINGS);
}
