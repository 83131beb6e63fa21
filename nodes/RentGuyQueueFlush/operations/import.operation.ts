import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { COMPONENT } from '../../../core/rentguy/queue/export-facts';
import { importQueue } from '../../../core/rentguy/queue/import-queue';
import { choiceWarnings } from '../../../core/repository/choose-backup';
import { backupFieldsWith, chosenBackup } from '../../shared/backup-choice';
import { forOperation } from '../../shared/display';
import { logPhases } from '../../shared/phases';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { scratchFolder, scratchFolderOption } from '../../shared/scratch-folder';
import { type QueueOptions, queueOptions, queueServer, readQueueOptions } from '../queue-fields';

export const option: INodePropertyOptions = {
	name: 'Import Queue',
	value: 'import',
	action: 'Import queue',
	description: 'Put jobs of an export back that the queue does not have any more',
};

const { database, deadLetterQueue, keyPrefix } = queueOptions(
	'What stands before the name of the queue in its keys, without the last colon. Empty stands for the one in the export.',
);

export const description: INodeProperties[] = forOperation('import', [
	...backupFieldsWith({
		verify: 'Export Queue',
		example: 'mr-dj-redis-rentguy-sync',
		nameDescription:
			'The name under which the exports are kept, by default the host of the server and the name of the queue',
		oneOf: 'queue',
	}),
	{
		displayName:
			'Jobs that wait, were in work, or were given up into the dead-letter queue are put back. Those that were done and removed since the export are put back too, and RentGuy gets them a second time.',
		name: 'importNotice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Dry Run',
		name: 'dryRun',
		type: 'boolean',
		default: false,
		description: 'Whether to only say what would be put back, and change nothing',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			...[database, deadLetterQueue],
			{
				displayName: 'Failed Jobs',
				name: 'withFailed',
				type: 'boolean',
				default: false,
				description:
					'Whether failed jobs are put back too, and wait for another attempt then. Completed jobs never are.',
			},
			keyPrefix,
			{
				displayName: 'Queue Name',
				name: 'queueName',
				type: 'string',
				default: '',
				placeholder: 'e.g. rentguy-sync',
				description: 'The queue that gets the jobs. Empty stands for the one in the export.',
			},
			scratchFolderOption('the export'),
		],
	},
]);

interface Options extends QueueOptions {
	queueName?: string;
	scratchFolder?: string;
	withFailed?: boolean;
}

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const { signal } = runContext(this);
	const options = this.getNodeParameter('options', itemIndex, {}) as Options;
	const server = await queueServer(this, itemIndex, options);
	const temporaryDirectory = await scratchFolder(this, options.scratchFolder);
	const queue = options.queueName?.trim() ?? '';
	const chosen = await chosenBackup(this, repository, itemIndex, { component: COMPONENT }, signal);
	const logPhase = logPhases(this);
	const { warnings, ...result } = await importQueue(
		{
			...{ server, repository, backup: chosen.backup, ...readQueueOptions(options) },
			...(queue !== '' && { queue }),
			withFailed: options.withFailed ?? false,
			dryRun: this.getNodeParameter('dryRun', itemIndex, false) as boolean,
			...(temporaryDirectory !== undefined && { temporaryDirectory }),
		},
		{ ...(signal && { signal }), onProgress: ({ phase }) => logPhase({ phase }) },
	);
	return {
		...result,
		queues: result.queues.map((one) => ({ ...one })),
		consistencyPoint: chosen.consistencyPoint.toISOString(),
		ageMinutes: Math.round(chosen.ageMs / 6_000) / 10,
		warnings: [...choiceWarnings(chosen), ...warnings],
	};
}
