import type { INodeProperties } from 'n8n-workflow';

/** Where a server listens. */
export function addressFields(examplePort: number): INodeProperties[] {
	return [
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. db.example.com',
			description:
				'As n8n reaches it. In the same Docker network this is the name of the container.',
		},
		{
			displayName: 'Port',
			name: 'port',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 65535 },
			default: examplePort,
		},
	];
}
