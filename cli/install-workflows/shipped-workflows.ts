import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referencesOf, type Workflow, workflowSchema } from './workflow';

/** The workflows of this package, each after those that it refers to. */
export async function readShippedWorkflows(): Promise<Workflow[]> {
	const folder = join(__dirname, '..', '..', 'workflows');
	const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
	const workflows = await Promise.all(
		files.map(async (file) =>
			workflowSchema.parse(JSON.parse(await readFile(join(folder, file), 'utf8'))),
		),
	);
	return inOrder(workflows);
}

/** Exported for its tests. */
export function inOrder(workflows: readonly Workflow[]): Workflow[] {
	const byId = new Map(workflows.map((workflow) => [workflow.id, workflow]));
	const ordered = new Set<Workflow>();
	const add = (workflow: Workflow, path: readonly Workflow[]) => {
		if (ordered.has(workflow)) return;
		if (path.includes(workflow)) {
			throw new Error(`The workflow ${workflow.name} refers to itself, by way of others.`);
		}
		for (const id of referencesOf(workflow)) {
			const other = byId.get(id);
			// A workflow that handles its own errors is no circle.
			if (other && other !== workflow) add(other, [...path, workflow]);
		}
		ordered.add(workflow);
	};
	for (const workflow of workflows) add(workflow, []);
	return [...ordered];
}
