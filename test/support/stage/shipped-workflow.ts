import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Workflow } from '../n8n/n8n-client';

const WORKFLOWS = join(__dirname, '../../../workflows');

/** A shipped workflow, to be changed by a test before it is imported under another id. */
export async function shippedWorkflow(file: string): Promise<Workflow> {
	return JSON.parse(await readFile(join(WORKFLOWS, file), 'utf8')) as Workflow;
}

/** A node of a workflow, by its name on the canvas. */
export function nodeOf(workflow: Workflow, name: string): Workflow['nodes'][number] {
	const node = workflow.nodes.find((one) => one.name === name);
	if (!node) throw new Error(`The workflow "${workflow.name}" has no node "${name}".`);
	return node;
}
