import type { InstalledTag, N8nApi } from './n8n-api';
import type { Workflow } from './workflow';

/**
 * Gives the workflows in an n8n the tags that they have in this package, beside those that they have
 * there: by them, the pause of all triggers tells the recovery from what it has to pause. Does nothing
 * where that n8n does without tags. Rejects with the errors of `N8nApi`.
 *
 * @param ids of the workflows in that n8n, by their ids in this package
 */
export async function tagWorkflows(
	api: N8nApi,
	shipped: readonly Workflow[],
	ids: ReadonlyMap<string, string>,
): Promise<void> {
	const installed = await api.workflows();
	let known: InstalledTag[] | undefined;
	for (const { id, tags = [] } of shipped) {
		const workflow = installed.find((one) => one.id === ids.get(id));
		const present = workflow?.tags;
		const lacking = tags.filter(({ name }) => !present?.some((tag) => tag.name === name));
		if (!workflow || !present || lacking.length === 0) continue;
		known ??= await api.tags();
		for (const { name } of lacking) {
			if (!known.some((tag) => tag.name === name)) known.push(await api.createTag(name));
		}
		const added = known.filter((tag) => lacking.some(({ name }) => name === tag.name));
		await api.setTags(workflow.id, [...present, ...added]);
	}
}
