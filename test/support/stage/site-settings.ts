import type { N8nClient } from '../n8n/n8n-client';
import type { SettingsValues } from '../settings-with';
import { nodeOf } from './shipped-workflow';
import type { Stage } from './stage';

const SETTINGS = 'drSettings';

/** Changes values of the workflow "Settings", by their dotted names, and publishes it. */
export async function changeSettings(client: N8nClient, values: SettingsValues): Promise<void> {
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

/** Where a restore on a stage migrates, and which health document it asks. */
export function afterRestore({ sshServer, platform }: Stage): SettingsValues {
	return {
		...{ 'hosts.serverFolder': sshServer.folder, 'hosts.migrateCommand': 'echo run >> migrated' },
		'site.healthUrl': `${platform.baseUrl}/health`,
		'validate.bookingsUrl': `${platform.baseUrl}/bookings`,
	};
}
