import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { createDump } from '../../../core/postgres/create-dump';
import type { Manifest } from '../../../core/repository/manifest';
import { safetyNameOf } from '../../../core/repository/safety-name';
import { payloadFacts, timeFacts } from '../../shared/backup-facts';
import { compressionOf } from '../../shared/compression';
import { forOperation } from '../../shared/display';
import { located } from '../../shared/located';
import { openNodeRepository } from '../../shared/repository';
import { logPhases } from '../../shared/phases';
import { programsFolder } from '../../shared/programs-folder';
import { runContext } from '../../shared/run-context';
import { databaseField } from '../fields';
import { server } from '../parameters';
import { type CreateOptions, createOptions } from './create.options';
import { fingerprintOf } from '../../../core/repository/fingerprint';

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
		options: createOptions,
	},
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const login = await server(this, itemIndex);
	const options = this.getNodeParameter('options', itemIndex, {}) as CreateOptions;
	const database = located(this, 'database', itemIndex, login.database);
	const name = nameOf(options, database);
	const manifest = await createDump(
		{
			server: { ...login, database },
			repository,
			...(name && { name }),
			selection: {
				includeSchemas: options.includeSchemas ?? [],
				excludeSchemas: options.excludeSchemas ?? [],
				includeTables: options.includeTables ?? [],
				excludeTables: options.excludeTables ?? [],
				excludeTableData: options.excludeTableData ?? [],
				blobs: options.largeObjects ?? true,
			},
			compression: compressionOf(options),
			checksums: options.checksums ?? 'auto',
			engine: options.engine ?? 'auto',
			...(await programsFolder(this, 'Postgres', options.binariesDirectory)),
			lockTimeoutSeconds: options.lockTimeoutSeconds ?? 30,
		},
		{ ...runContext(this), onProgress: logPhases(this) },
	);
	return facts(manifest);
}

/** Empty for the name that the database gives. */
function nameOf({ backupName = '', beforeRestore = false }: CreateOptions, database: string) {
	return beforeRestore ? safetyNameOf(backupName || database) : backupName;
}

function facts(manifest: Manifest): IDataObject {
	const fingerprint = fingerprintOf(manifest, 'postgres');
	const tables = fingerprint?.tables ?? [];
	return {
		backupId: manifest.id,
		name: manifest.name,
		database: manifest.source.database,
		consistencyPoint: manifest.consistencyPoint,
		...timeFacts(manifest),
		tables: tables.length,
		rows: tables.reduce((sum, table) => sum + table.rows, 0),
		rowsCountedIn: fingerprint?.countedIn,
		checksums: fingerprint?.checksums,
		...payloadFacts(manifest),
		engine: manifest.engine,
		serverVersion: manifest.source.serverVersion,
		storedIn: manifest.storedIn,
		warnings: manifest.warnings,
	};
}
