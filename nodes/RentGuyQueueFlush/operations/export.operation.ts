import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { readExportFacts } from '../../../core/rentguy/queue/export-facts';
import { exportQueue } from '../../../core/rentguy/queue/export-queue';
import { verifyExport } from '../../../core/rentguy/queue/verify-export';
import { canDecrypt } from '../../../core/repository/encryption';
import type { Manifest } from '../../../core/repository/manifest';
import { payloadFacts, timeFacts } from '../../shared/backup-facts';
import {
	type CompressionOptions,
	compressionOf,
	compressionOptions,
} from '../../shared/compression';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { type QueueOptions, queueOptions, queueServer, readQueueOptions } from '../queue-fields';

export const option: INodePropertyOptions = {
	name: 'Export Queue',
	value: 'export',
	action: 'Export queue',
	description: 'Back up the jobs of every state into the repository, and write nothing to Redis',
};

const { database, deadLetterQueue, keyPrefix } = queueOptions(
	'What stands before the name of the queue in its keys, without the last colon. Empty stands for the only one that has a queue of this name.',
);

export const description: INodeProperties[] = forOperation('export', [
	{
		displayName: 'Queue Name',
		name: 'queueName',
		type: 'string',
		required: true,
		default: 'rentguy-sync',
		placeholder: 'e.g. rentguy-sync',
		description: 'As it stands in the keys of Redis, behind the prefix',
	},
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
				placeholder: 'e.g. mr-dj-redis-rentguy-sync',
				description:
					'Name under which the exports are kept. Empty stands for the host of the server and the name of the queue.',
			},
			...compressionOptions,
			...[database, deadLetterQueue, keyPrefix],
			{
				displayName: 'Read Back',
				name: 'readBack',
				type: 'boolean',
				default: true,
				description:
					'Whether the export is fetched from the repository afterwards and its jobs are counted again, which makes it a verified backup',
			},
		],
	},
]);

interface Options extends CompressionOptions, QueueOptions {
	backupName?: string;
	readBack?: boolean;
}

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const run = runContext(this);
	const options = this.getNodeParameter('options', itemIndex, {}) as Options;
	const manifest = await exportQueue(
		{
			...{ repository, ...readQueueOptions(options) },
			server: await queueServer(this, itemIndex, options),
			queue: (this.getNodeParameter('queueName', itemIndex) as string).trim(),
			...(options.backupName && { name: options.backupName }),
			compression: compressionOf(options),
		},
		run,
	);
	const isWanted = options.readBack ?? true;
	const canRead = canDecrypt(repository.encryption);
	const proof =
		isWanted && canRead ? await verifyExport(repository, manifest, run.signal) : undefined;
	const unread =
		'The export was not read back: the repository has no secret key here, so that it cannot.';
	return {
		...facts(manifest),
		verified: proof ? 'readable' : 'no',
		verifiedIn: proof?.verifiedIn ?? [],
		warnings: [...manifest.warnings, ...(isWanted && !canRead ? [unread] : [])],
	};
}

function facts(manifest: Manifest): IDataObject {
	const { main, dead } = readExportFacts(manifest).fingerprint.queues;
	const queues = [
		{ role: 'main', ...main },
		{ role: 'dead', ...dead },
	];
	return {
		backupId: manifest.id,
		name: manifest.name,
		consistencyPoint: manifest.consistencyPoint,
		consistency: 'fuzzy',
		...timeFacts(manifest),
		jobs: queues.flatMap(({ jobs }) => Object.values(jobs)).reduce((sum, count) => sum + count, 0),
		queues,
		...payloadFacts(manifest),
		serverVersion: manifest.source.serverVersion,
		storedIn: manifest.storedIn,
	};
}
