import { reasonOf } from '../repository/reason';
import { N8nClient } from './client';
import { differencesBetween } from './compare-workflows';
import { createExport } from './create-export';
import type { N8nExport } from './export-format';
import { importExport } from './import-export';
import { withNewIds } from './references';
import { RefusalError } from './refusal-error';
import type { N8nServer } from './server';
import { clearThrowAway, marked, removeMarked } from './throw-away';

/** What has come of bringing an export into an n8n that is thrown away. */
export interface ImportTest {
	/** Where, e.g. `n8n-test.example.com`. */
	readonly importedInto: string;
	/** How what came in differs, as sentences; empty where it does not. */
	readonly problems: string[];
	/** What was left behind. */
	readonly warnings: string[];
}

/** n8n says so of what it is given, not of who gives it. */
const NOT_TAKEN: readonly number[] = [400, 413, 422];

/**
 * Brings all workflows of an export into an n8n without any, unpublished and as a restore does it,
 * compares number and content of what it holds then, and removes them again, whatever happens. Tags,
 * folders, variables and data tables are left out, as they could not be told from others there.
 *
 * Rejects with `ConfigurationError`, before anything is touched, where that n8n has workflows that no
 * such test has left there; else with the errors of `N8nClient`. What it does not take in is a result.
 */
export async function importForATest(
	content: N8nExport,
	backupId: string,
	server: N8nServer,
	signal?: AbortSignal,
): Promise<ImportTest> {
	const client = new N8nClient(server, signal);
	await clearThrowAway(client, server);
	let problems: string[];
	let warnings: string[] = [];
	try {
		problems = await bringIn(client, content, backupId);
	} finally {
		warnings = await cleanUp(server);
	}
	return { importedInto: server.baseUrl.host, problems, warnings };
}

async function bringIn(client: N8nClient, content: N8nExport, backupId: string): Promise<string[]> {
	const ids = new Map<string, string>();
	try {
		const { workflows } = await importExport(client, onlyWorkflows(content, backupId), {
			publish: false,
		});
		for (const { oldId, id } of workflows) ids.set(oldId, id);
	} catch (error) {
		if (!(error instanceof RefusalError) || !NOT_TAKEN.includes(error.status)) throw error;
		return [error.message];
	}
	const found = await createExport(client, { variableValues: false });
	const expected = content.workflows.map((workflow) => withNewIds(workflow, ids));
	return differencesBetween(expected, found.workflows);
}

/** Each with the mark of the test, from the first moment on. */
function onlyWorkflows(content: N8nExport, backupId: string): N8nExport {
	return {
		...content,
		...{ tags: [], folders: [], variables: [], dataTables: [], credentials: [] },
		workflows: content.workflows.map((workflow) => marked(workflow, backupId)),
		workflowStates: content.workflowStates.map(({ publishedVersion, ...state }) => ({
			...state,
			...(publishedVersion && { publishedVersion: marked(publishedVersion, backupId) }),
		})),
	};
}

/** Also after the stop button: so with no signal. The next test removes what this one cannot. */
async function cleanUp(server: N8nServer): Promise<string[]> {
	try {
		await removeMarked(new N8nClient(server));
		return [];
	} catch (error) {
		return [
			`What was imported into ${server.baseUrl.host} could not be removed, the next test does it: ${reasonOf(error)}`,
		];
	}
}
