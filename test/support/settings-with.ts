import type { ShippedWorkflow } from './workflow-lint/rule';
import { shippedWorkflows } from './workflow-lint/shipped';

/** Values of *Settings* by their dotted names. */
export type SettingsValues = Readonly<Record<string, string | number>>;

interface Assignments {
	assignments: { name: string; value: unknown }[];
}

/** The workflow *Settings* of a site, with these values instead of those that are shipped. */
export function settingsWith(values: SettingsValues): ShippedWorkflow {
	const { settings } = shippedWorkflows() as Record<'settings', ShippedWorkflow>;
	setValues(settings, values);
	return settings;
}

/** Changes the workflow *Settings*. Throws where there is no such value. */
export function setValues(
	settings: { nodes: readonly { parameters: Record<string, unknown> }[] },
	values: SettingsValues,
): void {
	const fields = settings.nodes.flatMap(
		({ parameters }) => (parameters['assignments'] as Assignments | undefined)?.assignments ?? [],
	);
	for (const [name, value] of Object.entries(values)) {
		const found = fields.find((one) => one.name === name);
		if (!found) throw new Error(`The settings have no "${name}".`);
		found.value = value;
	}
}
