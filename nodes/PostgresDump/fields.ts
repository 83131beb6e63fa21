import type { INodeProperties } from 'n8n-workflow';
import { backupFieldsWith } from '../shared/backup-choice';

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

/** Which backup to act on. */
export const backupFields = backupFieldsWith({
	verify: 'Verify Dump',
	example: 'mrdj_db',
	nameDescription: 'The name under which the backups are kept, by default that of the database',
	oneOf: 'database',
});

export const binariesDirectoryOption: INodeProperties = {
	displayName: 'Postgres Programs Folder',
	name: 'binariesDirectory',
	type: 'string',
	default: '',
	placeholder: 'e.g. /usr/lib/postgresql/16/bin',
	description:
		'The only folder where pg_dump and pg_restore are looked for. Leave empty to search the usual places.',
};
