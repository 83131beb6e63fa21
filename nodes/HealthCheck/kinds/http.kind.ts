import { z } from 'zod';
import { HTTP, probeHttp } from '../../../core/health/probes/http';
import { METHODS, readHttpSettings, showUrl } from '../../../core/health/probes/http/settings';
import { caField } from '../../../credentials/fields/tls';
import type { NodeCheckKind } from './kind';
import { parseRow } from './row';

const header = z.object({ name: z.string().default(''), value: z.coerce.string().default('') });

const schema = z.object({
	url: z.string().trim().min(1),
	httpOptions: z
		.object({
			method: z.enum(METHODS).optional(),
			body: z.string().optional(),
			ca: z.string().optional(),
			followRedirects: z.boolean().optional(),
			headers: z.object({ header: z.array(header).default([]) }).optional(),
		})
		.prefault({}),
});

export const http: NodeCheckKind = {
	option: {
		name: 'HTTP',
		value: 'http',
		description: 'Whether a page or an API answers as it should',
	},
	defaults: HTTP.defaults,
	fields: [
		{
			displayName: 'URL',
			name: 'url',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://example.com/api/health',
			description: 'Only the part up to the path is shown in the output',
		},
		{
			displayName: 'Options',
			name: 'httpOptions',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [
				{
					displayName: 'Body',
					name: 'body',
					type: 'string',
					typeOptions: { rows: 3 },
					default: '',
					placeholder: 'e.g. {"ping": true}',
					description: 'Sent as it is, with the method POST',
					displayOptions: { show: { method: ['POST'] } },
				},
				caField,
				{
					displayName: 'Follow Redirects',
					name: 'followRedirects',
					type: 'boolean',
					default: true,
					description: 'Whether to go on to where the server sends the check',
				},
				{
					displayName: 'Headers',
					name: 'headers',
					type: 'fixedCollection',
					typeOptions: { multipleValues: true },
					placeholder: 'Add header',
					default: {},
					description: 'Sent to the server of the URL only, and not shown in the output',
					options: [
						{
							displayName: 'Header',
							name: 'header',
							values: [
								{
									displayName: 'Name',
									name: 'name',
									type: 'string',
									default: '',
									placeholder: 'e.g. X-Probe',
								},
								{ displayName: 'Value', name: 'value', type: 'string', default: '' },
							],
						},
					],
				},
				{
					displayName: 'Method',
					name: 'method',
					type: 'options',
					default: 'GET',
					options: METHODS.map((value) => ({ name: value, value })),
				},
			],
		},
	],
	read: (row) => {
		const { url, httpOptions } = parseRow(schema, row);
		const { headers, method, body, ca, followRedirects } = httpOptions;
		const settings = readHttpSettings({
			url,
			...(method && { method }),
			...(method === 'POST' && body && { body }),
			...(ca && { ca }),
			...(followRedirects !== undefined && { followRedirects }),
			headers: headers?.header ?? [],
		});
		return {
			kind: HTTP,
			target: showUrl(settings.url),
			defaultName: settings.url.host,
			probe: (signal) => probeHttp(settings, signal),
		};
	},
};
