import type { INodeProperties } from 'n8n-workflow';

/** A database of the server; empty stands for the one that the credential names. */
export const databaseField: INodeProperties = {
	displayName: 'Database',
	name: 'database',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	description: 'Leave empty for the database that the credential names',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: "The credential's database",
			typeOptions: { searchListMethod: 'searchDatabases', searchable: true },
		},
		{ displayName: 'By Name', name: 'name', type: 'string', placeholder: 'e.g. mrdj_db' },
	],
};

/** Which backup to act on; read by `chosenBackup`. */
export const backupFields: INodeProperties[] = [
	{
		displayName: 'Backup',
		name: 'backupChoice',
		type: 'options',
		noDataExpression: true,
		default: 'newest-verified',
		options: [
			{
				name: 'Choose One',
				value: 'chosen',
				description: 'Pick a backup from the list, or give its ID',
			},
			{
				name: 'Newest',
				value: 'newest',
				description: 'Whether or not anybody has proved that it can be read',
			},
			{
				name: 'Newest Verified',
				value: 'newest-verified',
				description: 'The newest that a Verify Dump has read to its end, or restored',
			},
		],
	},
	{
		displayName: 'Backup to Use',
		name: 'backup',
		type: 'resourceLocator',
		default: { mode: 'list', value: '' },
		required: true,
		description: 'The list shows age, size and what has been verified',
		displayOptions: { show: { backupChoice: ['chosen'] } },
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				placeholder: 'Choose a backup',
				typeOptions: { searchListMethod: 'searchBackups', searchable: true },
			},
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: 'e.g. mrdj_db-20261122170000',
			},
		],
	},
	{
		displayName: 'Backup Name',
		name: 'backupName',
		type: 'string',
		default: '',
		placeholder: 'e.g. mrdj_db',
		description: 'The name under which the backups are kept, by default that of the database',
		hint: 'May stay empty where the repository holds backups of one database only',
		displayOptions: { show: { backupChoice: ['newest', 'newest-verified'] } },
	},
];

export const binariesDirectoryOption: INodeProperties = {
	displayName: 'Postgres Programs Folder',
	name: 'binariesDirectory',
	type: 'string',
	default: '',
	placeholder: 'e.g. /usr/lib/postgresql/16/bin',
	description:
		'The only folder where pg_dump and pg_restore are looked for. Leave empty to search the usual places.',
};
