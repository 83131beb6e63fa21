import { z } from 'zod';
import { RefusalError } from './refusal-error';
import type { N8nClient } from './client';

const FOLDERS = 100;

const json = z.record(z.string(), z.unknown());

const content = {
	nodes: z.array(json),
	connections: json,
	nodeGroups: z.array(json).nullish(),
};

const workflow = z.object({
	...{ id: z.string(), name: z.string(), isArchived: z.boolean().default(false), ...content },
	settings: json.nullish(),
	pinData: json.nullish(),
	tags: z.array(z.object({ name: z.string() })).default([]),
	shared: z.array(z.object({ projectId: z.string() })).default([]),
	activeVersionId: z.string().nullish(),
	activeVersion: z.object(content).nullish(),
});

const folder = z.object({
	...{ id: z.string(), name: z.string() },
	parentFolder: z.object({ id: z.string() }).nullish(),
});

const variable = z.object({ key: z.string(), value: z.string().default('') });
const credential = z.object({ id: z.string(), name: z.string(), type: z.string() });
const dataTable = z.object({
	...{ id: z.string(), name: z.string() },
	columns: z.array(z.object({ name: z.string(), type: z.string(), index: z.number().default(0) })),
});

export type ApiWorkflow = z.infer<typeof workflow>;
export type ApiDataTable = z.infer<typeof dataTable>;
export type ApiFolder = z.infer<typeof folder>;

/** What an n8n gives out, before it is put into order. */
export interface ApiContent {
	workflows: ApiWorkflow[];
	tags: { name: string }[];
	folders: ApiFolder[];
	variables: { key: string; value: string }[];
	credentials: { id: string; name: string; type: string }[];
	dataTables: ApiDataTable[];
	leftOut: { what: string; reason: string }[];
}

/** Rejects with the errors of `N8nClient`; what a licence or an older n8n does not have is left out. */
export async function readN8n(client: N8nClient): Promise<ApiContent> {
	const leftOut: ApiContent['leftOut'] = [];
	const optional = async <T>(what: string, read: () => Promise<T[]>): Promise<T[]> => {
		try {
			return await read();
		} catch (error) {
			if (!isNotOffered(error)) throw error;
			leftOut.push({ what, reason: error.reason });
			return [];
		}
	};
	const workflows = await client.list('workflows', workflow);
	const tags = await client.list('tags', z.object({ name: z.string() }));
	const credentials = await client.list('credentials', credential);
	const dataTables = await optional('dataTables', () => client.list('data-tables', dataTable));
	const folders = await optional('folders', () => foldersOf(client, workflows));
	const variables = await optional('variables', () => client.list('variables', variable));
	return { workflows, tags, folders, variables, credentials, dataTables, leftOut };
}

/** Of the projects that have a workflow: the list of all projects is for bigger licences. */
async function foldersOf(
	client: N8nClient,
	workflows: readonly ApiWorkflow[],
): Promise<ApiFolder[]> {
	const projects = new Set(
		workflows.flatMap(({ shared }) => shared.map(({ projectId }) => projectId)),
	);
	const found: ApiFolder[] = [];
	for (const project of projects) {
		const path = `projects/${encodeURIComponent(project)}/folders`;
		const page = z.object({ count: z.number(), data: z.array(folder) });
		for (let count = Infinity, seen = 0; seen < count;) {
			const query = { skip: String(seen), take: String(FOLDERS), sortBy: 'createdAt:asc' };
			const answer = await client.get(path, page, query);
			found.push(...answer.data);
			seen += answer.data.length;
			count = answer.data.length === 0 ? 0 : answer.count;
		}
	}
	return found;
}

/** A licence that does not have it, or an n8n that does not know it yet; not a key that may not. */
function isNotOffered(error: unknown): error is RefusalError {
	if (!(error instanceof RefusalError)) return false;
	return error.status === 404 || (error.status === 403 && /licen[cs]e/i.test(error.reason));
}
