import type { INodeProperties } from 'n8n-workflow';
import type { CreateDumpInput } from '../../../core/postgres/create-dump';
import type { Compression } from '../../../core/repository/manifest';
import { binariesDirectoryOption } from '../fields';

/** What a person chose among `createOptions`; all of it may be missing. */
export interface CreateOptions {
	backupName?: string;
	checksums?: CreateDumpInput['checksums'];
	compression?: Compression['algorithm'];
	compressionLevel?: number;
	engine?: CreateDumpInput['engine'];
	excludeTableData?: string[];
	excludeSchemas?: string[];
	excludeTables?: string[];
	binariesDirectory?: string;
	largeObjects?: boolean;
	includeSchemas?: string[];
	includeTables?: string[];
	lockTimeoutSeconds?: number;
}

/** The collection "Options" of Create Dump. */
export const createOptions: INodeProperties[] = [
	{
		displayName: 'Backup Name',
		name: 'backupName',
		type: 'string',
		default: '',
		placeholder: 'e.g. mrdj',
		description: "Name under which the backups are kept. Empty stands for the database's name.",
	},
	{
		displayName: 'Checksums of Tables',
		name: 'checksums',
		type: 'options',
		default: 'auto',
		description:
			'Besides the rows of each table, which are always counted. A restore compares both.',
		options: [
			{ name: 'Always', value: 'always' },
			{ name: 'Never', value: 'never' },
			{ name: 'Up to 5 GB of Tables', value: 'auto' },
		],
	},
	{
		displayName: 'Compression',
		name: 'compression',
		type: 'options',
		default: 'zstd',
		options: [
			{ name: 'Gzip', value: 'gzip' },
			{ name: 'None', value: 'none' },
			{ name: 'Zstandard', value: 'zstd' },
		],
	},
	{
		displayName: 'Compression Level',
		name: 'compressionLevel',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 19 },
		default: 3,
		description: 'Zstandard takes 1 to 19, gzip 1 to 9. Higher is smaller and slower.',
	},
	{
		displayName: 'Engine',
		name: 'engine',
		type: 'options',
		default: 'auto',
		description: 'What reads the database',
		options: [
			{
				name: 'Automatic',
				value: 'auto',
				description: 'A suitable pg_dump of this machine, else the embedded one',
			},
			{ name: 'Embedded', value: 'embedded', description: 'Needs nothing on this machine' },
			{ name: 'Native', value: 'native', description: 'A pg_dump of this machine' },
		],
	},
	{
		displayName: 'Exclude Data of Table Names or IDs',
		name: 'excludeTableData',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getTables', loadOptionsDependsOn: ['database.value'] },
		default: [],
		description:
			'These come back empty. Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>.',
	},
	{
		displayName: 'Exclude Schema Names or IDs',
		name: 'excludeSchemas',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getSchemas', loadOptionsDependsOn: ['database.value'] },
		default: [],
		description:
			'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	},
	{
		displayName: 'Exclude Table Names or IDs',
		name: 'excludeTables',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getTables', loadOptionsDependsOn: ['database.value'] },
		default: [],
		description:
			'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	},
	binariesDirectoryOption,
	{
		displayName: 'Include Large Objects',
		name: 'largeObjects',
		type: 'boolean',
		default: true,
		description: 'Whether large objects (lo, not bytea columns) are backed up',
	},
	{
		displayName: 'Include Only Schema Names or IDs',
		name: 'includeSchemas',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getSchemas', loadOptionsDependsOn: ['database.value'] },
		default: [],
		description:
			'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	},
	{
		displayName: 'Include Only Table Names or IDs',
		name: 'includeTables',
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: 'getTables', loadOptionsDependsOn: ['database.value'] },
		default: [],
		description:
			'Choose from the list, or specify IDs using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	},
	{
		displayName: 'Lock Timeout',
		name: 'lockTimeoutSeconds',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 30,
		description:
			'Seconds to wait for a table that somebody else has locked. Others queue behind this wait.',
	},
];
