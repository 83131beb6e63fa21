import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import type { RestoreMethod } from '../../../core/redis/restore/plan';
import { loadInTest, safetySnapshot } from '../../../core/redis/restore/restore-safety';
import { RESTORE_DEFAULTS, restoreSnapshot } from '../../../core/redis/restore/restore-snapshot';
import { requireRunningServer } from '../../../core/redis/running-server';
import { choiceWarnings } from '../../../core/repository/choose-backup';
import { forOperation } from '../../shared/display';
import { logPhases } from '../../shared/phases';
import { queueRedis } from '../../shared/queue-redis';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { scratchFolder } from '../../shared/scratch-folder';
import { backupFields } from '../fields';
import { chosenSnapshot, server } from '../parameters';
import {
	reachabilityOf,
	type RestoreOptions,
	restoreOptions,
	selectionOf,
} from './restore.options';

export const option: INodePropertyOptions = {
	name: 'Restore Snapshot',
	value: 'restore',
	action: 'Restore snapshot',
	description: 'Bring the data of a server back from a backup, while the server runs',
};

const replacesAll = { method: ['auto', 'replication'] };

export const description: INodeProperties[] = forOperation('restore', [
	...backupFields,
	{
		displayName: 'Method',
		name: 'method',
		type: 'options',
		noDataExpression: true,
		default: RESTORE_DEFAULTS.method,
		options: [
			{
				name: 'Automatic',
				value: 'auto',
				description:
					'Replication, or commands into a server that forbids it. Replaces everything either way.',
			},
			{
				name: 'Commands',
				value: 'commands',
				description: 'Key by key, also a part of the keys. Others can use the server meanwhile.',
			},
			{
				name: 'Replication',
				value: 'replication',
				description:
					'In one step, as the server loads the data of its master. Replaces everything.',
			},
		],
	},
	{
		displayName: 'Safety Snapshot',
		name: 'safetySnapshot',
		type: 'boolean',
		default: RESTORE_DEFAULTS.safetySnapshot,
		description:
			'Whether the server is backed up first, into the same repository. Restore that backup to go back.',
	},
	{
		displayName:
			'Everything on the server is replaced, in all databases. What was written since the backup is then in the safety snapshot only.',
		name: 'replaceNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { ...replacesAll, safetySnapshot: [true] } },
	},
	{
		displayName:
			'Everything on the server is replaced, in all databases. What was written since the backup will be gone for good. Unless the server is too large for it, switch the safety snapshot on.',
		name: 'lossNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { ...replacesAll, safetySnapshot: [false] } },
	},
	{
		displayName:
			'Keys of the same name are replaced, one after the other. Keys that the backup does not have stay, unless you choose to remove everything first.',
		name: 'commandsNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { method: ['commands'] } },
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: restoreOptions,
	},
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const login = await server(this, itemIndex);
	const run = runContext(this);
	const method = this.getNodeParameter('method', itemIndex) as RestoreMethod;
	const isSafe = this.getNodeParameter(
		'safetySnapshot',
		itemIndex,
		RESTORE_DEFAULTS.safetySnapshot,
	) as boolean;
	const options = this.getNodeParameter('options', itemIndex, {}) as RestoreOptions;
	const isPartial = method === 'commands';
	const temporaryDirectory = await scratchFolder(this, options.scratchFolder);
	if (options.onlyServer) await requireRunningServer(login, options.onlyServer, run.signal);
	const chosen = await chosenSnapshot(this, repository, itemIndex, run.signal);
	const { backup } = chosen;
	const queue = queueRedis();
	const logPhase = logPhases(this);
	const { safetySnapshot: kept, ...result } = await restoreSnapshot(
		{
			...{ server: login, repository, backup, method, mode: RESTORE_DEFAULTS.mode },
			...(!isPartial && { reachability: reachabilityOf(options) }),
			selection: isPartial ? selectionOf(options) : {},
			existing: (isPartial && options.existing) || RESTORE_DEFAULTS.existing,
			// Automatic ends the same by either way, but only where there is a way back.
			flush: isPartial ? (options.flush ?? false) : method === 'auto' && isSafe,
			...(queue && { queue }),
			...(temporaryDirectory !== undefined && { temporaryDirectory }),
		},
		{
			...run,
			...(isSafe && { createSafetySnapshot: safetySnapshot(login, repository, run) }),
			loadInTest: loadInTest(repository, backup),
			onProgress: (phase) => logPhase({ phase }),
		},
	);
	return {
		...result,
		...(kept && { safetySnapshot: kept.id }),
		warnings: [...choiceWarnings(chosen), ...result.warnings],
	};
}
