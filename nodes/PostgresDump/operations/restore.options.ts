import type { INodeProperties } from 'n8n-workflow';
import { RESTORE_DEFAULTS } from '../../../core/postgres/restore-dump';

/** Options of Restore Dump about owners, grants, and what the login may not create. */
export const rightsOptions: INodeProperties[] = [
	{
		displayName: 'Objects That Cannot Be Created',
		name: 'unsupported',
		type: 'options',
		default: RESTORE_DEFAULTS.unsupported,
		description:
			'What to do when the login may not create something of the backup, or the server lacks an extension for it',
		options: [
			{
				name: 'Do Not Restore',
				value: 'refuse',
				description: 'Names them before anything is touched',
			},
			{
				name: 'Leave Them Out',
				value: 'leave-out',
				description: 'Names them as warnings. Never leaves out a table or its rows.',
			},
		],
	},
	{
		displayName: 'Owners',
		name: 'owners',
		type: 'options',
		default: RESTORE_DEFAULTS.owners,
		description: 'To whom the restored objects belong',
		options: [
			{
				name: 'Old Owners Where Possible',
				value: 'auto',
				description: 'The user of the credential owns the rest, with a warning',
			},
			{
				name: 'Old Owners',
				value: 'always',
				description: 'Restores nothing when one of these roles does not exist',
			},
			{ name: 'User of the Credential', value: 'never', description: 'Owns everything' },
		],
	},
	{
		displayName: 'Privileges',
		name: 'privileges',
		type: 'options',
		default: RESTORE_DEFAULTS.privileges,
		description: 'Which grants are restored',
		options: [
			{
				name: 'Where Possible',
				value: 'auto',
				description: 'The rest is left out, with a warning',
			},
			{
				name: 'All',
				value: 'always',
				description: 'Restores nothing when a role that is named in them does not exist',
			},
			{ name: 'None', value: 'never', description: 'Only owners can use the objects' },
		],
	},
];
