import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { ShippedWorkflow } from './rule';

const FOLDER = join(__dirname, '..', '..', '..', 'workflows');

/** The files of workflows/, by name without extension. */
export function shippedWorkflows(): Record<string, ShippedWorkflow> {
	const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
	return Object.fromEntries(
		files.map((name) => [
			basename(name, '.json'),
			JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as ShippedWorkflow,
		]),
	);
}
