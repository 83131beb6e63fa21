import type { INodeProperties } from 'n8n-workflow';

/** Which of the two documents of the platform tells the status of the RentGuy queue. */
export const rentGuyEndpointField: INodeProperties = {
	displayName: 'Endpoint',
	name: 'endpoint',
	type: 'options',
	noDataExpression: true,
	default: 'dashboard',
	options: [
		{
			name: 'Dashboard',
			value: 'dashboard',
			description: 'With the login, which is checked by that',
		},
		{
			name: 'Public',
			value: 'public',
			description: 'Without the login, also while the dashboard is disabled',
		},
	],
};
