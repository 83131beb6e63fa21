import type { INodeProperties } from 'n8n-workflow';

/** For whatever writes to a server: a credential that somebody has mixed up must not lead to another one. */
export const onlyServerOption: INodeProperties = {
	displayName: 'Only Into Server',
	name: 'onlyServer',
	type: 'string',
	default: '',
	placeholder: 'e.g. {{ $json.server }}',
	description:
		'What Identify Server has said of the server that is meant. Another one is left alone. Leave empty for whichever answers.',
};
