import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { httpsFields } from './fields/tls';

/** Login to the config dashboard of the platform's backend. Tested by the RentGuy Queue Flush node. */
export class DrRentGuyDashboardApi implements ICredentialType {
	name = 'drRentGuyDashboardApi';

	displayName = 'DR RentGuy Dashboard API';

	icon = {
		light: 'file:icons/rentGuyDashboard.svg',
		dark: 'file:icons/rentGuyDashboard.dark.svg',
	} as const;

	documentationUrl =
		'https://github.com/mr-dj/n8n-nodes-disaster-recovery/blob/main/docs/credentials.md#rentguy-dashboard';

	restrictToSupportedNodes = true as const;

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://mr-dj.example/api',
			description:
				'Of the backend, as this n8n reaches it. Behind the proxy it ends with /api, straight at the backend (port 3000) it does not.',
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. admin',
			description: 'Of the config dashboard',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
		},
		...httpsFields,
	];
}
