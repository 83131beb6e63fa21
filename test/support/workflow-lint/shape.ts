import { formatWorkflowStructureIssuePath, safeParseWorkflowStructure } from 'n8n-workflow';

import type { Rule } from './rule';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** In this order, so that two versions of a file can be compared by eye. */
const KEYS = [
	...['id', 'name', 'description', 'active', 'nodes', 'connections', 'settings'],
	...['nodeGroups', 'tags', 'meta', 'pinData'],
];

/** n8n's own check at import: shapes, duplicate ids and names, connections to nowhere. */
export const hasValidStructure: Rule = (workflow) => {
	const result = safeParseWorkflowStructure(workflow);
	if (result.success) return [];
	return result.issues.map(({ path, message }) => {
		const where = formatWorkflowStructureIssuePath(path as (string | number)[]);
		return `${where}: ${message}`;
	});
};

/** What a file says, and nothing that belongs to the server it was exported from. */
export const hasOnlyWhatIsShipped: Rule = (workflow) => {
	const keys = Object.keys(workflow);
	const foreign = keys.filter((key) => !KEYS.includes(key));
	const known = keys.filter((key) => KEYS.includes(key));
	const sorted = KEYS.filter((key) => known.includes(key));
	return [
		...foreign.map((key) => `The key "${key}" belongs to a server, not to the file.`),
		...(known.join() === sorted.join()
			? []
			: [`The keys are not in the order ${KEYS.join(', ')}.`]),
		...(workflow.active === false ? [] : ['Only the person who installs it makes it active.']),
		...(workflow.description ? [] : ['It has no description.']),
		...(Object.keys(workflow.pinData ?? {}).length === 0 ? [] : ['It pins data.']),
	];
};

/** n8n's command line refuses other ids; and the references between files rest on them. */
export const hasStableIds: Rule = (workflow, { library }) => {
	const nodeIds = workflow.nodes.map(({ id }) => id);
	const twins = library.filter(({ id, name }) => id === workflow.id || name === workflow.name);
	return [
		...(/^[A-Za-z0-9]{1,21}$/.test(workflow.id) ? [] : [`The id "${workflow.id}" will not do.`]),
		...(twins.length > 1 ? ['Another workflow has the same id or name.'] : []),
		...nodeIds.filter((id) => !UUID.test(id)).map((id) => `The node id "${id}" is no UUID.`),
	];
};

/** Tags without an id of their own clash when several files are imported at once. */
export const hasTags: Rule = ({ tags = [] }, { library }) => {
	const all = library.flatMap((workflow) => workflow.tags ?? []);
	return [
		...(tags.length === 0 ? ['It has no tags.'] : []),
		...tags.flatMap(({ id, name }) => {
			if (typeof id !== 'string' || typeof name !== 'string') return ['A tag lacks id or name.'];
			const same = all.every((tag) => (tag.id === id) === (tag.name === name));
			return same ? [] : [`The tag "${name}" has another id or name elsewhere.`];
		}),
	];
};

/** *Pause n8n triggers* knows by both what it must not pause; the command that installs gives other ids. */
export const runsOnInAPause: Rule = ({ id, tags = [] }) => [
	...(/^dr([A-Z][a-z0-9]+)+$/.test(id) ? [] : [`The id "${id}" is not written as drLikeThis.`]),
	...(tags.some(({ name }) => name === 'disaster recovery')
		? []
		: ['It lacks the tag "disaster recovery".']),
];

/** A name says what is done, as n8n writes names: sentence case, no version, nothing left over. */
export const hasPlainNames: Rule = (workflow) =>
	[workflow.name, ...workflow.nodes.map(({ name }) => name)]
		.filter((name) => !/^[A-Z]/.test(name) || /\d$|\bv\d|\p{Extended_Pictographic}/u.test(name))
		.map((name) => `The name "${name}" is not in plain words.`);
