import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { httpsFields } from './fields/tls';

/** The public API of an n8n. Tested by the N8n Export node. */
export class DrN8nApi implements ICredentialType {
	name = 'drN8nApi';

	displayName = 'DR N8n API';

	icon = { light: 'file:icons/n8n.svg', dark: 'file:icons/n8n.dark.svg' } as const;

	documentationUrl =
		'https://github.com/mr-dj/n8n-nodes-disaster-recovery/blob/main/docs/credentials.md#n8n-export';

	restrictToSupportedNodes = true as const;

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://n8n.example.com',
			description: 'Where the editor opens, as n8n itself reaches it',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'Of the owner or an admin, from Settings → n8n API',
		},
		...httpsFields,
	];
}
