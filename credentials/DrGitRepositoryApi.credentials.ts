import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { caField } from './fields/tls';

const byPassword = { show: { login: ['password'] } };
const byKey = { show: { login: ['sshKey'] } };

/** One repository on a Git server. Tested by the N8n Export node. */
export class DrGitRepositoryApi implements ICredentialType {
	name = 'drGitRepositoryApi';

	displayName = 'DR Git Repository API';

	icon = {
		light: 'file:icons/gitRepository.svg',
		dark: 'file:icons/gitRepository.dark.svg',
	} as const;

	documentationUrl =
		'https://github.com/mr-dj/n8n-nodes-disaster-recovery/blob/main/docs/credentials.md#git-repository';

	restrictToSupportedNodes = true as const;

	properties: INodeProperties[] = [
		{
			displayName: 'Repository URL',
			name: 'url',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://git.example.com/team/backups.git',
			description: 'The login goes to this address and nowhere else',
		},
		{
			displayName: 'Log In By',
			name: 'login',
			type: 'options',
			default: 'password',
			options: [
				{
					name: 'SSH Key',
					value: 'sshKey',
					description: 'For addresses such as git@git.example.com:team/backups.git',
				},
				{
					name: 'User and Token',
					value: 'password',
					description: 'For addresses that begin with https',
				},
			],
		},
		{
			displayName: 'User',
			name: 'user',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. backup-bot',
			displayOptions: byPassword,
		},
		{
			displayName: 'Token or Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'One that may write to this repository, and to no other',
			displayOptions: byPassword,
		},
		{ ...caField, displayOptions: byPassword },
		{
			displayName: 'Private Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { password: true, rows: 4 },
			default: '',
			required: true,
			placeholder: 'e.g. -----BEGIN OPENSSH PRIVATE KEY-----',
			description: 'A deploy key that may write, without a passphrase',
			displayOptions: byKey,
		},
		{
			displayName: 'Known Hosts',
			name: 'knownHosts',
			type: 'string',
			typeOptions: { rows: 3 },
			default: '',
			required: true,
			placeholder: 'e.g. git.example.com ssh-ed25519 AAAA…',
			description:
				'What <code>ssh-keyscan git.example.com</code> prints, compared with what the operator of the server has published',
			displayOptions: byKey,
		},
	];
}
