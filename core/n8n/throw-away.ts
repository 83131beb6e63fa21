import { z } from 'zod';
import { ConfigurationError } from '../errors';
import type { N8nClient } from './client';
import type { WorkflowContent } from './export-format';
import type { N8nServer } from './server';

/** Of the sticky note that tells a workflow of a restore test from every other, whatever its name. */
const MARK = 'd5a0b1c4-6c1e-5f0a-9b5e-0b6f2a7f3c11';

const listed = z.object({
	...{ id: z.string(), name: z.string() },
	nodes: z.array(z.looseObject({ id: z.string().optional() })),
});

type Listed = z.infer<typeof listed>;
type Node = Readonly<Record<string, unknown>>;

/** A workflow, or a version of one, with the mark of a restore test on its canvas. */
export function marked<T extends Pick<WorkflowContent, 'nodes'>>(content: T, backupId: string): T {
	const note = {
		...{ id: MARK, name: `Restore test of ${backupId}`, position: [0, -320], typeVersion: 1 },
		type: 'n8n-nodes-base.stickyNote',
		parameters: {
			...{ width: 400, height: 160, color: 3 },
			content: `**Restore test of ${backupId}**\nThis copy is removed when the test ends, or by the next one.`,
		},
	};
	return { ...content, nodes: [...content.nodes, note] };
}

/** Whether the node is the mark of a restore test. */
export function isMark({ id }: Node): boolean {
	return id === MARK;
}

/**
 * Proves that nobody uses this n8n: it holds no workflow but those that an earlier test has left, and
 * these are removed. Rejects with `ConfigurationError`, before anything is touched, where there are
 * others; else with the errors of `N8nClient`.
 */
export async function clearThrowAway(client: N8nClient, { baseUrl }: N8nServer): Promise<void> {
	const present = await client.list('workflows', listed, { excludePinnedData: 'true' });
	const [other, ...more] = present.filter((workflow) => !isLeftByATest(workflow));
	if (other) {
		const further = more.length > 0 ? ` and ${more.length} more` : '';
		throw new ConfigurationError(
			`The n8n at ${baseUrl.host} is no throw-away: it has the workflow "${other.name}"${further}.`,
			{ hint: 'Choose an n8n without any workflow. Nothing was changed in this one.' },
		);
	}
	await removeAll(client, present);
}

/** Removes what tests have brought in, and nothing else. Rejects with the errors of `N8nClient`. */
export async function removeMarked(client: N8nClient): Promise<void> {
	const present = await client.list('workflows', listed, { excludePinnedData: 'true' });
	await removeAll(client, present.filter(isLeftByATest));
}

function isLeftByATest({ nodes }: Listed): boolean {
	return nodes.some(isMark);
}

async function removeAll(client: N8nClient, workflows: readonly Listed[]): Promise<void> {
	for (const { id } of workflows) {
		await client.remove(`workflows/${encodeURIComponent(id)}`);
	}
}
