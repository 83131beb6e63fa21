import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { N8nClient } from './client';
import type { ExportedWorkflow, N8nExport, WorkflowState } from './export-format';
import { importSurroundings, type Surroundings } from './import-surroundings';
import { withNewIds } from './references';
import { RefusalError } from './refusal-error';

export interface ImportOptions {
	/** Puts to work what was published; else it waits, until somebody has looked at it. */
	readonly publish: boolean;
}

export interface ImportedWorkflow {
	readonly name: string;
	readonly oldId: string;
	readonly id: string;
	/** `present`: one of that name is there already, and was left as it is. */
	readonly content: 'created' | 'present';
	/** `refused`: see the warnings. `waits`: it was published, and is not. */
	readonly publication: 'published' | 'refused' | 'waits' | 'none';
}

export interface ImportOutcome extends Omit<Surroundings, 'ids' | 'tagIds'> {
	readonly workflows: ImportedWorkflow[];
}

const created = z.object({ id: z.string() });
const anything = z.unknown();

/** Else n8n publishes what is changed, where something of the workflow is published. */
const AS_DRAFT = { publishIfActive: 'false' };

interface Pair {
	readonly workflow: ExportedWorkflow;
	readonly state: WorkflowState;
	readonly id: string;
	readonly isNew: boolean;
}

/**
 * Brings an export into an n8n: first what workflows use, then the workflows, then what they refer to by
 * the ids that they have there, at last what is published. Whatever has its name there already is left as
 * it is; so is what a run has made that stopped half-way. Rejects with the errors of `N8nClient`.
 */
export async function importExport(
	client: N8nClient,
	content: N8nExport,
	{ publish }: ImportOptions,
): Promise<ImportOutcome> {
	const { ids, tagIds, ...surroundings } = await importSurroundings(client, content);
	const pairs = await createWorkflows(client, content);
	for (const { state, id } of pairs) ids.set(state.id, id);
	const news = pairs.filter(({ isNew }) => isNew);
	for (const pair of news) await update(client, pair, first(pair), ids);
	const runs = publish ? news.filter(({ state }) => state.published !== 'no') : [];
	const refusals = await publishAll(client, runs);
	for (const pair of news) await finish(client, pair, ids, tagIds);
	return {
		...surroundings,
		workflows: pairs.map((pair) => outcomeOf(pair, publish, refusals)),
		warnings: [
			...surroundings.warnings,
			...[...refusals].map(([{ state }, reason]) => `"${state.name}" is not published: ${reason}`),
		],
	};
}

async function createWorkflows(
	client: N8nClient,
	{ workflows, workflowStates }: N8nExport,
): Promise<Pair[]> {
	const named = z.object({ id: z.string(), name: z.string() });
	const present = await client.list('workflows', named, { excludePinnedData: 'true' });
	const pairs: Pair[] = [];
	for (const [at, state] of workflowStates.entries()) {
		const workflow = workflows[at];
		if (!workflow) continue;
		const found = present.findIndex(({ name }) => name === state.name);
		// Each stands for one: of two with the same name the second one takes the second.
		const [taken] = found < 0 ? [] : present.splice(found, 1);
		const { id } =
			taken ?? (await client.send('POST', 'workflows', first({ workflow, state }), created));
		pairs.push({ workflow, state, id, isNew: taken === undefined });
	}
	return pairs;
}

/** What runs comes first, so that it is in the history of versions below what the editor shows. */
function first({ workflow, state }: Pick<Pair, 'workflow' | 'state'>): ExportedWorkflow {
	return { ...workflow, ...state.publishedVersion };
}

async function update(
	client: N8nClient,
	{ id }: Pair,
	workflow: ExportedWorkflow,
	ids: ReadonlyMap<string, string>,
): Promise<void> {
	const wanted = withNewIds(workflow, ids);
	if (isDeepStrictEqual(wanted, workflow)) return;
	await client.send('PUT', `workflows/${encodeURIComponent(id)}`, wanted, anything, AS_DRAFT);
}

/** One that calls another is taken once the other one runs, so it goes on for as long as that helps. */
async function publishAll(client: N8nClient, pairs: Pair[]): Promise<Map<Pair, string>> {
	let left = pairs;
	for (;;) {
		const refused = new Map<Pair, string>();
		for (const pair of left) {
			try {
				await client.send('POST', `workflows/${encodeURIComponent(pair.id)}/publish`, {}, anything);
			} catch (error) {
				if (!(error instanceof RefusalError) || error.status === 401) throw error;
				refused.set(pair, error.reason);
			}
		}
		if (refused.size === 0 || refused.size === left.length) return refused;
		left = [...refused.keys()];
	}
}

async function finish(
	client: N8nClient,
	pair: Pair,
	ids: ReadonlyMap<string, string>,
	tagIds: ReadonlyMap<string, string>,
): Promise<void> {
	const { state, workflow } = pair;
	const path = `workflows/${encodeURIComponent(pair.id)}`;
	if (state.publishedVersion) {
		await client.send('PUT', path, withNewIds(workflow, ids), anything, AS_DRAFT);
	}
	const tags = state.tags.flatMap((name) => {
		const id = tagIds.get(name);
		return id === undefined ? [] : [{ id }];
	});
	if (tags.length > 0) await client.send('PUT', `${path}/tags`, tags, anything);
	if (state.archived) await client.send('POST', `${path}/archive`, {}, anything);
}

function outcomeOf(
	pair: Pair,
	publish: boolean,
	refusals: ReadonlyMap<Pair, string>,
): ImportedWorkflow {
	const { state, id, isNew } = pair;
	const known = { name: state.name, oldId: state.id, id };
	if (!isNew) return { ...known, content: 'present', publication: 'none' };
	const publication =
		state.published === 'no'
			? 'none'
			: !publish
				? 'waits'
				: refusals.has(pair)
					? 'refused'
					: 'published';
	return { ...known, content: 'created', publication };
}
