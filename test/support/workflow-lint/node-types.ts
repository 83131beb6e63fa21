import { NodeHelpers } from 'n8n-workflow';

import { CORE_NODE_VERSIONS } from '../core-nodes/versions';
import { activeNodes, type Rule } from './rule';

/** Known, not hidden, and of the version that n8n gives to a newly placed node. */
export const usesCurrentNodes: Rule = ({ nodes }, { own }) =>
	nodes.flatMap(({ name, type, typeVersion }) => {
		const description = own(type);
		const version = description
			? (description.defaultVersion ?? [description.version].flat().at(-1))
			: CORE_NODE_VERSIONS[type];
		if (version === undefined || description?.hidden) return [`"${name}": no node is "${type}".`];
		return version === typeVersion ? [] : [`"${name}" is not of the version ${version}.`];
	});

/** Each parameter exists and is shown for what is chosen; n8n drops the others in silence. */
export const hasKnownParameters: Rule = ({ nodes }, { own }) =>
	nodes.flatMap((node) => {
		const description = own(node.type);
		if (!description) return [];
		const { properties } = description;
		const shown = NodeHelpers.getNodeParameters(
			...([properties, node.parameters, true, false, node, description] as const),
		);
		const unknown = Object.keys(node.parameters).filter((name) => !(name in (shown ?? {})));
		const issues = NodeHelpers.getNodeParametersIssues(properties, node, description);
		return [
			...unknown.map((name) => `"${node.name}" has no parameter "${name}".`),
			...Object.values(issues?.parameters ?? {}).flat(),
		];
	});

/** By name only: n8n finds the one of that name and type, whatever its id is there. */
export const namesItsCredentials: Rule = (workflow, { own }) =>
	activeNodes(workflow).flatMap(({ name, type, credentials = {} }) => {
		const accepted = own(type)?.credentials?.map((credential) => credential.name);
		return Object.entries(credentials).flatMap(([credentialType, reference]) => [
			...(accepted && !accepted.includes(credentialType)
				? [`"${name}" takes no credential "${credentialType}".`]
				: []),
			...(reference.id === null && reference.name
				? []
				: [`"${name}" refers to a credential by more than its name.`]),
		]);
	});
