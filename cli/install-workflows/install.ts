import { isDeepStrictEqual } from 'node:util';
import { Callable } from './callable';
import { doesWithout, type Links, link, type MissingCredential } from './link';
import type { InstalledWorkflow, N8nApi } from './n8n-api';
import { repair } from './repair';
import { tagWorkflows } from './tags';
import { isPublishable, type Workflow } from './workflow';

/** What became of one workflow of this package. */
export interface Outcome {
	readonly name: string;
	/** Id in that n8n. */
	readonly id: string;
	readonly content: 'created' | 'completed' | 'overwritten' | 'as it was';
	/**
	 * `none needed`: only a person starts it. `withheld`: credentials are missing. `waiting`: it calls
	 * workflows that are not published, and n8n publishes none that does. `off`: somebody has switched
	 * it off, or never on. `outdated`: runs on without what was changed now, because its draft holds
	 * changes of somebody else.
	 */
	readonly publication:
		| 'published now'
		| 'published already'
		| 'none needed'
		| 'withheld'
		| 'waiting'
		| 'off'
		| 'outdated';
	readonly missing: readonly MissingCredential[];
	/** Names of the workflows that it calls and that are not published: its runs fail at them. */
	readonly waitsFor: readonly string[];
	/** Names of the nodes that are deactivated because this n8n does without their credential. */
	readonly leftOut: readonly string[];
}

const PUBLISHED: readonly Outcome['publication'][] = [
	...(['published now', 'published already', 'outdated'] as const),
];

/**
 * Brings the workflows of this package into an n8n, those first that others refer to, resolves their
 * credentials by type and name, and publishes what is complete. What is there already is only
 * completed, unless `overwrite` says that it takes the content of this package. Archived workflows count
 * as gone: they are made anew, and what called them calls the new ones. Nothing that runs is
 * ever switched off, and nothing that somebody switched off is switched on. Nodes that need a credential
 * of one of the types or environments `without` are deactivated. At the end each has the tags of this
 * package.
 *
 * Rejects with the errors of `N8nApi`; running it again goes on where it stopped.
 */
export async function installWorkflows(
	api: N8nApi,
	shipped: readonly Workflow[],
	{
		overwrite,
		without,
		onOutcome,
	}: {
		overwrite: boolean;
		without: ReadonlySet<string>;
		onOutcome: (outcome: Outcome) => void;
	},
): Promise<void> {
	const present = (await api.workflows()).filter(({ isArchived }) => !isArchived);
	const credentials = await api.credentials();
	const ids = new Map<string, string>();
	const links: Links = {
		workflows: ids,
		credential: (type, name) => credentials.find((c) => c.type === type && c.name === name)?.id,
		hasCredential: (id) => credentials.some((c) => c.id === id),
		without,
	};
	const callable = new Callable(present);
	for (const workflow of shipped) {
		const existing = findInstalled(workflow, present);
		const outcome = existing
			? await complete(api, workflow, existing, links, callable, overwrite)
			: await create(api, workflow, links, callable);
		ids.set(workflow.id, outcome.id);
		callable.note({ ...outcome, active: PUBLISHED.includes(outcome.publication) });
		onOutcome(outcome);
	}
	await tagWorkflows(api, shipped, ids);
}

/** Imported by hand it has the id of this package, created by the API another one, but nodes keep theirs. */
function findInstalled(
	{ id, nodes }: Workflow,
	present: readonly InstalledWorkflow[],
): InstalledWorkflow | undefined {
	const own = new Set(nodes.map((node) => node.id));
	const shared = (workflow: InstalledWorkflow) =>
		workflow.nodes.filter((node) => own.has(node.id)).length;
	const [closest] = present.filter((one) => shared(one) > 0).sort((a, b) => shared(b) - shared(a));
	return present.find((workflow) => workflow.id === id) ?? closest;
}

async function create(
	api: N8nApi,
	shipped: Workflow,
	links: Links,
	callable: Callable,
): Promise<Outcome> {
	const { workflow, missing } = link(shipped, links);
	const { id, name } = await api.create(workflow);
	// n8n drops a time limit that is its own default with the first change alone. Later that would count
	// as a change of what is published.
	await api.update(id, workflow);
	const waitsFor = callable.missingFor(workflow);
	const obstacle = obstacleTo(workflow, missing, waitsFor);
	if (!obstacle) await api.publish(id);
	return {
		...{ id, name, content: 'created', publication: obstacle ?? 'published now' },
		...{ missing, waitsFor, leftOut: leftOutOf(workflow, links) },
	};
}

/** Why it cannot be published. */
function obstacleTo(
	workflow: Workflow,
	missing: readonly MissingCredential[],
	waitsFor: readonly string[],
): 'none needed' | 'withheld' | 'waiting' | undefined {
	if (!isPublishable(workflow)) return 'none needed';
	if (missing.length > 0) return 'withheld';
	return waitsFor.length > 0 ? 'waiting' : undefined;
}

async function complete(
	api: N8nApi,
	shipped: Workflow,
	existing: InstalledWorkflow,
	links: Links,
	callable: Callable,
	overwrite: boolean,
): Promise<Outcome> {
	const { id, name } = existing;
	const wanted = overwrite
		? { ...shipped, name, nodes: asActive(shipped, existing) }
		: repair(existing, shipped, (called) => callable.exists(called));
	const { workflow, missing } = link(wanted, links);
	const isChanged =
		!isDeepStrictEqual(workflow.nodes, existing.nodes) ||
		!isDeepStrictEqual(workflow.connections, existing.connections) ||
		!isDeepStrictEqual(workflow.settings, existing.settings);
	if (isChanged) await api.update(id, workflow);
	const content = !isChanged ? 'as it was' : overwrite ? 'overwritten' : 'completed';
	const untouched = { ...links, credential: () => undefined, without: new Set<string>() };
	const waitsFor = callable.missingFor(workflow);
	const publication = await republish(api, existing, {
		isChanged,
		wasHindered: link(existing, untouched).missing.length > 0 || callable.wasMissingFor(workflow),
		obstacle: obstacleTo(workflow, missing, waitsFor),
	});
	return {
		...{ id, name, content, publication, missing, waitsFor },
		leftOut: leftOutOf(workflow, links),
	};
}

/** The nodes of this package; those that somebody has deactivated stay so. */
function asActive({ nodes }: Workflow, existing: InstalledWorkflow): Workflow['nodes'] {
	const off = new Set(existing.nodes.filter(({ disabled }) => disabled).map(({ id }) => id));
	return nodes.map((node) => (off.has(node.id) ? { ...node, disabled: true } : node));
}

function leftOutOf({ nodes }: Workflow, { without }: Links): string[] {
	return nodes.filter((node) => doesWithout(node, without)).map(({ name }) => name);
}

async function republish(
	api: N8nApi,
	existing: InstalledWorkflow,
	{
		isChanged,
		wasHindered,
		obstacle,
	}: {
		isChanged: boolean;
		/** Whether it could not have been published before this run, so that nobody has switched it off. */
		wasHindered: boolean;
		obstacle: ReturnType<typeof obstacleTo>;
	},
): Promise<Outcome['publication']> {
	if (obstacle === 'none needed') return obstacle;
	if (obstacle) return existing.active ? 'published already' : obstacle;
	if (!existing.active && !wasHindered) return 'off';
	if (existing.active && !isChanged) return 'published already';
	const hasDraft = existing.activeVersionId !== existing.versionId;
	if (existing.active && hasDraft) return 'outdated';
	await api.publish(existing.id);
	return 'published now';
}
