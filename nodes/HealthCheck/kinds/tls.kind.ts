import { z } from 'zod';
import { probeTls, TLS } from '../../../core/health/probes/tls';
import { certificateAuthorities } from '../../../core/network/certificate-authorities';
import { caField } from '../../../credentials/fields/tls';
import { addressFields } from './address-fields';
import type { NodeCheckKind } from './kind';
import { host, parseRow, port } from './row';

const schema = z.object({
	host,
	port,
	tlsOptions: z
		.object({ ca: z.string().default(''), serverName: z.string().trim().default('') })
		.prefault({}),
});

export const tls: NodeCheckKind = {
	option: {
		name: 'TLS Certificate',
		value: 'tls',
		description: 'Whether a certificate is trusted, and for how long',
	},
	defaults: TLS.defaults,
	fields: [
		...addressFields(443),
		{
			displayName: 'Options',
			name: 'tlsOptions',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				caField,
				{
					displayName: 'Server Name',
					name: 'serverName',
					type: 'string',
					default: '',
					placeholder: 'e.g. www.example.com',
					description: 'The name in the certificate, where it is not the host',
				},
			],
		},
	],
	read: (row) => {
		const { tlsOptions, ...server } = parseRow(schema, row);
		const ca = certificateAuthorities('TLS', tlsOptions.ca);
		const { serverName } = tlsOptions;
		const target = { ...server, ...(serverName && { serverName }), ...(ca && { ca }) };
		return {
			kind: TLS,
			target: `tls://${server.host}:${server.port}`,
			defaultName: `${serverName || server.host} ${server.port}`,
			probe: (signal) => probeTls(target, signal),
		};
	},
};
