import { isDeepStrictEqual } from 'node:util';
import type { N8nClient } from './client';
import {
	type ExportedWorkflow,
	FORMAT,
	type N8nExport,
	type WorkflowContent,
	type WorkflowState,
} from './export-format';
import { type ApiDataTable, type ApiFolder, type ApiWorkflow, readN8n } from './read-n8n';
import { NODE_FIELDS, pick, SETTINGS_FIELDS } from './writable';

export interface ExportOptions {
	/** Of a variable its name alone says what has to be there; its value may be a secret. */
	readonly variableValues: boolean;
}

/** Of the n8n itself; its API tells neither. */
export type N8nFacts = Pick<N8nExport, 'n8nVersion' | 'encryptionKeyFingerprint'>;

/**
 * Reads all that an n8n gives out, and leaves away what changes by itself (times, counters, ids of
 * versions, what triggers note down), so that two exports of an unchanged n8n are the same. Writes
 * nothing. Rejects with the errors of `N8nClient`.
 */
export async function createExport(
	client: N8nClient,
	{ variableValues }: ExportOptions,
): Promise<Omit<N8nExport, keyof N8nFacts>> {
	const found = await readN8n(client);
	const workflows = found.workflows.toSorted(byNameAndId);
	return {
		format: FORMAT,
		workflows: workflows.map(importable),
		workflowStates: workflows.map(stateOf),
		tags: found.tags.map(({ name }) => name).sort(),
		folders: found.folders.map(exportedFolder).sort(byNameAndId),
		variables: found.variables
			.map(({ key, value }) => ({ key, ...(variableValues && { value }) }))
			.sort((a, b) => compare(a.key, b.key)),
		credentials: found.credentials
			.map(({ id, name, type }) => ({ id, name, type }))
			.sort((a, b) => compare(a.type, b.type) || byNameAndId(a, b)),
		dataTables: found.dataTables.map(exportedTable).sort(byNameAndId),
		leftOut: found.leftOut,
	};
}

function importable(workflow: ApiWorkflow): ExportedWorkflow {
	const { name, pinData } = workflow;
	return {
		...{ name, ...contentOf(workflow), settings: settingsOf(workflow) },
		...(pinData && Object.keys(pinData).length > 0 && { pinData }),
	};
}

function contentOf({
	nodes,
	connections,
	nodeGroups,
}: Omit<WorkflowContent, 'nodeGroups'> & {
	nodeGroups?: WorkflowContent['nodeGroups'] | null;
}): WorkflowContent {
	return {
		...{ nodes: nodes.map((node) => pick(node, NODE_FIELDS)), connections },
		...(nodeGroups && nodeGroups.length > 0 && { nodeGroups }),
	};
}

/** What n8n puts into the settings by itself, and means the same as nothing. */
function settingsOf({ settings }: ApiWorkflow): Record<string, unknown> {
	const known = pick(settings ?? {}, SETTINGS_FIELDS);
	return Object.fromEntries(
		Object.entries(known).filter(
			([name, value]) => value !== 'DEFAULT' && !(name === 'availableInMCP' && value === false),
		),
	);
}

function stateOf(workflow: ApiWorkflow): WorkflowState {
	const { id, name, isArchived, activeVersion, activeVersionId } = workflow;
	const tags = workflow.tags.map((tag) => tag.name).sort();
	const known = { id, name, archived: isArchived, tags };
	if (!activeVersion || !activeVersionId) return { ...known, published: 'no' };
	const publishedVersion = contentOf(activeVersion);
	// Saving without a change makes a new version, which is none.
	return isDeepStrictEqual(publishedVersion, contentOf(workflow))
		? { ...known, published: 'as shown' }
		: { ...known, published: 'other', publishedVersion };
}

function exportedFolder({ id, name, parentFolder }: ApiFolder): N8nExport['folders'][number] {
	return { id, name, parentFolderId: parentFolder?.id ?? null };
}

function exportedTable({ id, name, columns }: ApiDataTable): N8nExport['dataTables'][number] {
	const ordered = columns.toSorted((a, b) => a.index - b.index);
	return { id, name, columns: ordered.map((column) => ({ name: column.name, type: column.type })) };
}

interface Named {
	readonly id: string;
	readonly name: string;
}

function byNameAndId(a: Named, b: Named): number {
	return compare(a.name, b.name) || compare(a.id, b.id);
}

/** By code, so that no language of a machine has a say in it. */
function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
