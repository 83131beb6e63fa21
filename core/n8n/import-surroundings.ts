import { z } from 'zod';
import type { N8nClient } from './client';
import type { N8nExport } from './export-format';
import { RefusalError } from './refusal-error';

/** What has to be there before the workflows come in. */
export interface Surroundings {
	/** New ids by old ones, of data tables. */
	readonly ids: Map<string, string>;
	/** Ids of tags by name. */
	readonly tagIds: ReadonlyMap<string, string>;
	/** Credentials that the export names, and that are not there: as type and name. */
	readonly missingCredentials: { type: string; name: string }[];
	/** As sentences. */
	readonly warnings: string[];
}

const created = z.object({ id: z.string() });
const named = z.object({ id: z.string(), name: z.string() });
const credential = z.object({ name: z.string(), type: z.string() });
const variable = z.object({ key: z.string() });

/** Makes what is not there by its name: tags, data tables without rows, and variables. */
export async function importSurroundings(
	client: N8nClient,
	content: N8nExport,
): Promise<Surroundings> {
	const warnings: string[] = [];
	const attempt = async (what: string, work: () => Promise<void>) => {
		try {
			await work();
		} catch (error) {
			if (!(error instanceof RefusalError) || error.status === 401) throw error;
			warnings.push(`The ${what} are not brought in. ${error.message}`);
		}
	};
	const ids = new Map<string, string>();
	const tagIds = await importTags(client, content);
	await attempt('data tables', () => importDataTables(client, content, ids));
	await attempt('variables', () => importVariables(client, content, warnings));
	if (content.folders.length > 0) {
		warnings.push(
			`${content.folders.length} folders are not brought in: n8n's API does not tell which workflow lies in which. Make them by hand, by the list in the export.`,
		);
	}
	const present = await client.list('credentials', credential);
	const missingCredentials = content.credentials
		.filter(({ name, type }) => !present.some((one) => one.name === name && one.type === type))
		.map(({ name, type }) => ({ type, name }));
	return { ids, tagIds, missingCredentials, warnings };
}

async function importTags(client: N8nClient, { tags }: N8nExport): Promise<Map<string, string>> {
	const tagIds = new Map((await client.list('tags', named)).map(({ id, name }) => [name, id]));
	for (const name of tags) {
		if (tagIds.has(name)) continue;
		tagIds.set(name, (await client.send('POST', 'tags', { name }, created)).id);
	}
	return tagIds;
}

async function importDataTables(
	client: N8nClient,
	{ dataTables }: N8nExport,
	ids: Map<string, string>,
): Promise<void> {
	if (dataTables.length === 0) return;
	const present = await client.list('data-tables', named);
	for (const { id, name, columns } of dataTables) {
		const found = present.find((one) => one.name === name);
		const table = found ?? (await client.send('POST', 'data-tables', { name, columns }, created));
		ids.set(id, table.id);
	}
}

async function importVariables(
	client: N8nClient,
	{ variables }: N8nExport,
	warnings: string[],
): Promise<void> {
	if (variables.length === 0) return;
	const present = await client.list('variables', variable);
	for (const { key, value } of variables) {
		if (present.some((one) => one.key === key)) continue;
		if (value === undefined) {
			warnings.push(`The variable ${key} is not brought in: the export does not have its value.`);
		} else {
			await client.send('POST', 'variables', { key, value }, z.unknown());
		}
	}
}
