import type { INodeProperties } from 'n8n-workflow';
import type { CreateDumpInput } from '../../../core/postgres/create-dump';
import { type CompressionOptions, compressionOptions } from '../../shared/compression';
import { binariesDirectoryOption } from '../fields';

/** What a person chose among `createOptions`; all of it may be missing. */
export interface CreateOptions extends CompressionOptions {
	backupName?: string;
	beforeRestore?: boolean;
	checksums?: CreateDumpInput['checksums'];
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
		displayName: 'Before a Restore',
		name: 'beforeRestore',
		type: 'boolean',
		default: false,
		description:
			'Whether it keeps what a restore is about to replace: under a name of its own, so that it is never taken for the newest backup',
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
	...compressionOptions,
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
	chosenObjects('tables', 'Exclude Data of Tables', 'excludeTableData', 'These come back empty.'),
	chosenObjects('schemas', 'Exclude Schemas', 'excludeSchemas'),
	chosenObjects('tables', 'Exclude Tables', 'excludeTables'),
	{
		displayName: 'Include Large Objects',
		name: 'largeObjects',
		type: 'boolean',
		default: true,
		description: 'Whether large objects (lo, not bytea columns) are backed up',
	},
	chosenObjects('schemas', 'Include Only Schemas', 'includeSchemas'),
	chosenObjects('tables', 'Include Only Tables', 'includeTables'),
	{
		displayName: 'Lock Timeout',
		name: 'lockTimeoutSeconds',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 30,
		description:
			'Seconds to wait for a table that somebody else has locked. Others queue behind this wait.',
	},
	binariesDirectoryOption,
];

/**
 * An option that picks from the schemas or tables of the chosen database. n8n's usual label "… Names or
 * IDs" is not used: they have no IDs, and the panel cuts labels of that length.
 */
function chosenObjects(
	kind: 'schemas' | 'tables',
	displayName: string,
	name: string,
	effect = '',
): INodeProperties {
	const { method, example } = {
		schemas: { method: 'getSchemas', example: "['public']" },
		tables: { method: 'getTables', example: "['public.bookings']" },
	}[kind];
	return {
		displayName,
		name,
		type: 'multiOptions',
		typeOptions: { loadOptionsMethod: method, loadOptionsDependsOn: ['database.value'] },
		default: [],
		description:
			`${effect} Choose from the list, or name them in an expression: <code>${example}</code>`.trim(),
	};
}
