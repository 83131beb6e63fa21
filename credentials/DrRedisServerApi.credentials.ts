import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { tlsFields } from './fields/tls';

/** Login to one Redis or Valkey server. Tested by the Redis Snapshot node. */
export class DrRedisServerApi implements ICredentialType {
	name = 'drRedisServerApi';

	displayName = 'DR Redis Server API';

	icon = {
		light: 'file:icons/redisServer.svg',
		dark: 'file:icons/redisServer.dark.svg',
	} as const;

	documentationUrl =
		'https://github.com/mr-dj/n8n-nodes-disaster-recovery/blob/main/docs/credentials.md#redis-server';

	restrictToSupportedNodes = true as const;

	properties: INodeProperties[] = [
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. mr-dj-redis',
			description: 'Host name or address of the server, as this n8n reaches it',
		},
		{
			displayName: 'Port',
			name: 'port',
			type: 'number',
			default: 6379,
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			placeholder: 'e.g. dr_backup',
			description:
				'Of the access control list. Leave empty for the user "default", who has the password of <code>requirepass</code>.',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			description: 'Leave empty where the server asks for none',
		},
		{
			displayName: 'Database',
			name: 'database',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 0,
			description:
				'Number of the one for what works in a single database. A snapshot always holds all of them.',
		},
		...tlsFields,
		{
			displayName: 'Server Name',
			name: 'serverName',
			type: 'string',
			default: '',
			placeholder: 'e.g. redis.example.com',
			description: 'The name in the certificate, where it is not the host above',
			displayOptions: { show: { tls: ['verify-full'] } },
		},
		{
			displayName: 'Renamed Commands',
			name: 'renamedCommands',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. SYNC=SYNC-7f3a',
			description:
				'What the server calls commands that it has renamed, one a line or as JSON. Leave empty where it has not.',
		},
	];
}
