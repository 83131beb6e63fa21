import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { createSnapshot, type SnapshotMethod } from '../../../core/redis/create-snapshot';
import { readSnapshotFacts } from '../../../core/redis/snapshot-facts';
import { fingerprintOf } from '../../../core/repository/fingerprint';
import type { Manifest } from '../../../core/repository/manifest';
import { payloadFacts, timeFacts } from '../../shared/backup-facts';
import {
	type CompressionOptions,
	compressionOf,
	compressionOptions,
} from '../../shared/compression';
import { forOperation } from '../../shared/display';
import { logPhases } from '../../shared/phases';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { server } from '../parameters';

export const option: INodePropertyOptions = {
	name: 'Create Snapshot',
	value: 'create',
	action: 'Create snapshot',
	description: 'Back up all databases of a server into the repository and count their keys',
};

export const description: INodeProperties[] = forOperation('create', [
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
				placeholder: 'e.g. mr-dj-redis',
				description:
					'Name under which the backups are kept. Empty stands for the host of the server.',
			},
			...compressionOptions,
			{
				displayName: 'Method',
				name: 'method',
				type: 'options',
				default: 'auto',
				description: 'How the server is read',
				options: [
					{
						name: 'Automatic',
						value: 'auto',
						description: 'Replication, or key by key from a server that forbids it',
					},
					{
						name: 'Key by Key',
						value: 'commands',
						description: 'While the server goes on: fuzzy, not of one instant',
					},
					{
						name: 'Replication',
						value: 'replication',
						description: 'All keys of one instant, as a replica gets them',
					},
				],
			},
		],
	},
]);

interface Options extends CompressionOptions {
	backupName?: string;
	method?: SnapshotMethod;
}

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const options = this.getNodeParameter('options', itemIndex, {}) as Options;
	const manifest = await createSnapshot(
		{
			server: await server(this, itemIndex),
			repository,
			...(options.backupName && { name: options.backupName }),
			compression: compressionOf(options),
			method: options.method ?? 'auto',
		},
		{ ...runContext(this), onProgress: logPhases(this) },
	);
	return facts(manifest);
}

function facts(manifest: Manifest): IDataObject {
	const { format, consistency, crc, contents } = readSnapshotFacts(manifest);
	const { databases = [], functionLibraries } = fingerprintOf(manifest, 'redis') ?? {};
	return {
		backupId: manifest.id,
		name: manifest.name,
		consistencyPoint: manifest.consistencyPoint,
		consistency,
		...timeFacts(manifest),
		method: format === 'rdb' ? 'replication' : 'commands',
		checksum: crc === 'verified' ? 'verified' : 'unverified',
		...(contents === 'counted' && {
			keys: databases.reduce((sum, { keys }) => sum + keys, 0),
			databases: databases.map(({ index, keys, expiring, types }) => ({
				...{ index, keys, expiring, types },
			})),
			functionLibraries,
		}),
		...payloadFacts(manifest),
		engine: manifest.engine,
		serverVersion: manifest.source.serverVersion,
		storedIn: manifest.storedIn,
		warnings: manifest.warnings,
	};
}
