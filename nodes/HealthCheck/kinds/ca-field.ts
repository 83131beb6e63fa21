import type { INodeProperties } from 'n8n-workflow';

/** An option of checks that look at certificates. */
export const caField: INodeProperties = {
	displayName: 'CA Certificate',
	name: 'ca',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	placeholder: 'e.g. -----BEGIN CERTIFICATE-----',
	description:
		'The certificate authority in PEM format. Leave empty where a public authority has signed the server.',
};
