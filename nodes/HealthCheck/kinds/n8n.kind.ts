import { z } from 'zod';
import { probeHttp } from '../../../core/health/probes/http';
import { showUrl } from '../../../core/health/probes/http/settings';
import { N8N, readinessSettings } from '../../../core/health/probes/n8n';
import { caField } from '../../../credentials/fields/tls';
import type { NodeCheckKind } from './kind';
import { parseRow } from './row';

const schema = z.object({
	baseUrl: z.string().trim().min(1),
	n8nOptions: z.object({ ca: z.string().optional() }).prefault({}),
});

export const n8n: NodeCheckKind = {
	option: {
		name: 'N8n',
		value: 'n8n',
		description: 'Whether an n8n, or a worker of it, is ready to work',
	},
	defaults: N8N.defaults,
	fields: [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://n8n.example.com',
			description:
				'Of an n8n as this one reaches it. A worker answers where its health check is switched on.',
		},
		{
			displayName: 'Options',
			name: 'n8nOptions',
			type: 'collection',
			placeholder: 'Add option',
			default: {},
			options: [caField],
		},
	],
	read: (row) => {
		const { baseUrl, n8nOptions } = parseRow(schema, row);
		const { ca } = n8nOptions;
		const settings = readinessSettings(baseUrl, ca ? { ca } : {});
		return {
			kind: N8N,
			target: showUrl(settings.url),
			defaultName: `n8n ${settings.url.host}`,
			probe: (signal) => probeHttp(settings, signal),
		};
	},
};
