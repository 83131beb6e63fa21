import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { requireRunningServer } from '../../../core/redis/running-server';
import { verifySnapshot, type VerifySnapshotInput } from '../../../core/redis/verify-snapshot';
import { newestByDefault } from '../../shared/backup-choice';
import { forOperation } from '../../shared/display';
import { programsFolder } from '../../shared/programs-folder';
import { onlyServerOption } from '../../shared/only-server';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { scratchFolder, scratchFolderOption } from '../../shared/scratch-folder';
import { oneCopyIsEnoughField, passed } from '../../shared/verification';
import { backupFields } from '../fields';
import { chosenSnapshot, server } from '../parameters';

export const option: INodePropertyOptions = {
	name: 'Verify Snapshot',
	value: 'verify',
	action: 'Verify snapshot',
	description: 'Prove that a backup is whole, and record the proof beside it',
};

export const description: INodeProperties[] = forOperation('verify', [
	...newestByDefault(backupFields),
	{
		displayName: 'Level',
		name: 'level',
		type: 'options',
		noDataExpression: true,
		default: 'readable',
		options: [
			{
				name: 'Readable',
				value: 'readable',
				description: 'Decrypts and reads everything, and compares checksum and number of keys',
			},
			{
				name: 'Restored',
				value: 'restored',
				description: 'Also loads it into a server for a test, and compares all keys',
			},
			{
				name: 'Stored',
				value: 'stored',
				description: 'Compares the bytes in each store with their checksum, needs no key',
			},
		],
	},
	{
		displayName: 'Restore Test On',
		name: 'testOn',
		type: 'options',
		noDataExpression: true,
		default: 'machine',
		displayOptions: { show: { level: ['restored'] } },
		options: [
			{
				name: 'Scratch Server',
				value: 'server',
				description:
					'The server of the credential. Has to hold nothing, and holds nothing again afterwards.',
			},
			{
				name: 'This Machine',
				value: 'machine',
				description:
					'In a server that is started for it. Needs redis-server on the machine of n8n.',
			},
		],
	},
	oneCopyIsEnoughField,
	{
		displayName: 'Restore Test Options',
		name: 'testOptions',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		displayOptions: { show: { level: ['restored'] } },
		options: [
			{ ...onlyServerOption, displayOptions: { show: { '/testOn': ['server'] } } },
			{
				displayName: 'Redis Programs Folder',
				name: 'binariesDirectory',
				type: 'string',
				default: '',
				placeholder: 'e.g. /usr/local/bin',
				description:
					'The only folder where redis-server and valkey-server are looked for. Leave empty to search the usual places.',
				displayOptions: { show: { '/testOn': ['machine'] } },
			},
			scratchFolderOption('the data of the backup'),
		],
	},
]);

interface TestOptions {
	binariesDirectory?: string;
	onlyServer?: string;
	scratchFolder?: string;
}

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const run = runContext(this);
	const startedAt = new Date();
	const level = this.getNodeParameter('level', itemIndex) as VerifySnapshotInput['level'];
	const test = this.getNodeParameter('testOptions', itemIndex, {}) as TestOptions;
	const scratchDirectory = await scratchFolder(this, test.scratchFolder);
	const isOnServer =
		level === 'restored' && this.getNodeParameter('testOn', itemIndex) === 'server';
	const scratchServer = isOnServer ? await server(this, itemIndex) : undefined;
	if (scratchServer && test.onlyServer) {
		await requireRunningServer(scratchServer, test.onlyServer, run.signal);
	}
	const chosen = await chosenSnapshot(this, repository, itemIndex, run.signal);
	const { backup } = chosen;
	const proof = await verifySnapshot(
		{
			...{ repository, backup, level },
			oneCopyIsEnough: this.getNodeParameter('oneCopyIsEnough', itemIndex, false) as boolean,
			...(scratchServer && { scratchServer }),
			...(await programsFolder(this, 'Redis', test.binariesDirectory)),
			...(scratchDirectory !== undefined && { scratchDirectory }),
		},
		run,
	);
	return passed(chosen, startedAt, proof);
}
