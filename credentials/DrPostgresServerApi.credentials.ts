import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { tlsFields } from './fields/tls';

/** Login to one Postgres server. Tested by the Postgres Dump node. */
export class DrPostgresServerApi implements ICredentialType {
	name = 'drPostgresServerApi';

	displayName = 'DR Postgres Server API';

	icon = {
		light: 'file:icons/postgresServer.svg',
		dark: 'file:icons/postgresServer.dark.svg',
	} as const;

	documentationUrl =
		'https://github.com/mr-dj/n8n-nodes-disaster-recovery/blob/main/docs/credentials.md#postgres-server';

	restrictToSupportedNodes = true as const;

	properties: INodeProperties[] = [
		{
			displayName: 'Host',
			name: 'host',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. mr-dj-postgres',
			description: 'Host name or address of the server, as this n8n reaches it',
		},
		{
			displayName: 'Port',
			name: 'port',
			type: 'number',
			default: 5432,
		},
		{
			displayName: 'Database',
			name: 'database',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. mrdj_db',
			description: 'The database that is backed up and restored unless a node names another one',
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. mrdj_user',
			description:
				'To back up it needs to read every table. To restore it needs the right to create databases and to own the one that is replaced.',
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
		},
		...tlsFields,
	];
}
