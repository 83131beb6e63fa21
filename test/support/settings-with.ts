import type { ShippedWorkflow } from './workflow-lint/rule';
import { shippedWorkflows } from './workflow-lint/shipped';

/** Values of *Settings* by their dotted names, instead of those that are shipped. */
export type SettingsValues = Readonly<Record<string, string | number>>;

interface Assignment {
	name: string;
	value: unknown;
}

/** The workflow *Settings* of a site. Throws where there is no such value. */
export function settingsWith(values: SettingsValues): ShippedWorkflow {
	const { settings } = shippedWorkflows() as Record<'settings', ShippedWorkflow>;
	const assignments = settings.nodes.flatMap(
		({ parameters }) =>
			(parameters.assignments as { assignments: Assignment[] } | undefined)?.assignments ?? [],
	);
	for (const [name, value] of Object.entries(values)) {
		const found = assignments.find((one) => one.name === name);
		if (!found) throw new Error(`The settings have no "${name}".`);
		found.value = value;
	}
	return settings;
}
