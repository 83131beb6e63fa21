import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

const verified: INodePropertyOptions[] = [
	{
		name: 'Encrypt and Verify the Server',
		value: 'verify-full',
		description: 'The certificate must be valid and carry the host name',
	},
	{
		name: 'Encrypt Only',
		value: 'require',
		description: 'Nobody can listen in, but an impostor is not noticed',
	},
];

const off: INodePropertyOptions = {
	name: 'Off',
	value: 'disable',
	description: 'For a server in the same Docker network or on this machine',
};

/** For a server whose certificate no public authority has signed. */
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

const fields = (options: INodePropertyOptions[]): INodeProperties[] => [
	{
		displayName: 'TLS',
		name: 'tls',
		type: 'options',
		default: 'verify-full',
		options,
	},
	{ ...caField, displayOptions: { show: { tls: ['verify-full'] } } },
];

/** How the connection to a server is encrypted, and how the server proves who it is. */
export const tlsFields = fields([...verified, off]);

/** The same for a server with a URL, which says by itself whether it is encrypted at all. */
export const httpsFields = fields(verified);
