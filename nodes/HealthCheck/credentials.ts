import type { INodeCredentialDescription } from 'n8n-workflow';
import { kinds } from './kinds';
import type { NodeCheckKind } from './kinds/kind';

const all: NodeCheckKind[] = Object.values(kinds);

/**
 * Those of all kinds. None is required: which ones the rows need is said where they are read, and n8n
 * can show or hide a credential by a field of the node, but not by what its rows hold. Each is tested
 * by the node that it was made for.
 */
export const credentials: INodeCredentialDescription[] = all.flatMap(({ credential }) =>
	credential
		? [
				{
					name: credential.type,
					displayName: `${credential.displayName} (Optional)`,
					required: false,
				},
			]
		: [],
);
