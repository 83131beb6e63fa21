import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { createDump, type CreateDumpInput } from '../../../core/postgres/create-dump';
import type { Compression, Manifest } from '../../../core/repository/manifest';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { programsFolder } from '../../shared/programs-folder';
import { runContext } from '../../shared/run-context';
import { binariesDirectoryOption, databaseField } from '../fields';
import { located, server } from '../parameters';

export const option: INodePropertyOptions = {
	name: 'Create Dump',
	value: 'create',
	action: 'Create dump',
	description: 'Back up one database into the repository and count what is in it',
};

export const description: INodeProperties[] = forOperation('create', [
	databaseField,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
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
		],
	},
]);

interface Options {
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

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const login = await server(this, itemIndex);
	const options = this.getNodeParameter('options', itemIndex, {}) as Options;
	const manifest = await createDump(
		{
			server: { ...login, database: located(this, 'database', itemIndex, login.database) },
			repository,
			...(options.backupName && { name: options.backupName }),
			selection: {
				includeSchemas: options.includeSchemas ?? [],
				excludeSchemas: options.excludeSchemas ?? [],
				includeTables: options.includeTables ?? [],
				excludeTables: options.excludeTables ?? [],
				excludeTableData: options.excludeTableData ?? [],
				blobs: options.largeObjects ?? true,
			},
			compression: compression(options),
			checksums: options.checksums ?? 'auto',
			engine: options.engine ?? 'auto',
			...(await programsFolder(this, options.binariesDirectory)),
			lockTimeoutSeconds: options.lockTimeoutSeconds ?? 30,
		},
		runContext(this),
	);
	return facts(manifest);
}

function compression({ compression: algorithm = 'zstd', compressionLevel }: Options): Compression {
	if (algorithm === 'none') return { algorithm };
	return { algorithm, level: compressionLevel ?? (algorithm === 'zstd' ? 3 : 6) };
}

function facts(manifest: Manifest): IDataObject {
	const tables = manifest.fingerprint?.tables ?? [];
	return {
		backupId: manifest.id,
		name: manifest.name,
		database: manifest.source.database,
		consistencyPoint: manifest.consistencyPoint,
		startedAt: manifest.startedAt,
		finishedAt: manifest.finishedAt,
		durationSeconds: (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1000,
		tables: tables.length,
		rows: tables.reduce((sum, table) => sum + table.rows, 0),
		rowsCountedIn: manifest.fingerprint?.countedIn,
		checksums: manifest.fingerprint?.checksums,
		rawBytes: manifest.payload.raw.bytes,
		storedBytes: manifest.payload.stored.bytes,
		compression: manifest.payload.compression.algorithm,
		encryption: manifest.payload.encryption.kind,
		engine: manifest.engine,
		serverVersion: manifest.source.serverVersion,
		storedIn: manifest.storedIn,
		warnings: manifest.warnings,
		howToRestore: manifest.howToRestore,
	};
}
