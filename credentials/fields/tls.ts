import type { INodeProperties } from 'n8n-workflow';

/** How the connection to a server is encrypted, and how the server proves who it is. */
export const tlsFields: INodeProperties[] = [
	{
		displayName: 'TLS',
		name: 'tls',
		type: 'options',
		default: 'verify-full',
		options: [
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
			{
				name: 'Off',
				value: 'disable',
				description: 'For a server in the same Docker network or on this machine',
			},
		],
	},
	{
		displayName: 'CA Certificate',
		name: 'ca',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: 'e.g. -----BEGIN CERTIFICATE-----',
		description:
			'The certificate authority in PEM format. Leave empty where a public authority has signed the server.',
		displayOptions: { show: { tls: ['verify-full'] } },
	},
];
