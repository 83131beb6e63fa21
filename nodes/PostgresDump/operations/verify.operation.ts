import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { verifyDump, type VerifyDumpInput } from '../../../core/postgres/verify-dump';
import { newestByDefault } from '../../shared/backup-choice';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { oneCopyIsEnoughField, passed } from '../../shared/verification';
import { backupFields } from '../fields';
import { chosenDump } from '../parameters';
import { restoreTestOptions, testOnField, testOptionsField } from '../restore-test';

export const option: INodePropertyOptions = {
	name: 'Verify Dump',
	value: 'verify',
	action: 'Verify dump',
	description: 'Prove that a backup is whole, and record the proof beside it',
};

export const description: INodeProperties[] = forOperation('verify', [
	...newestByDefault(backupFields),
	{
		displayName: 'Level',
		name: 'level',
		type: 'options',
		noDataExpression: true,
		default: 'restored',
		options: [
			{
				name: 'Readable',
				value: 'readable',
				description: 'Decrypts and reads everything, and compares the rows of each table',
			},
			{
				name: 'Restored',
				value: 'restored',
				description: 'Restores it for a test, and compares everything that came out',
			},
			{
				name: 'Stored',
				value: 'stored',
				description: 'Compares the bytes in each store with their checksum, needs no key',
			},
		],
	},
	testOnField,
	oneCopyIsEnoughField,
	testOptionsField,
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const run = runContext(this);
	const startedAt = new Date();
	const level = this.getNodeParameter('level', itemIndex) as VerifyDumpInput['level'];
	const restoreTest =
		level === 'restored' ? await restoreTestOptions(this, itemIndex, run.signal) : undefined;
	const chosen = await chosenDump(this, repository, itemIndex, run.signal);
	const { backup } = chosen;
	const oneCopyIsEnough = this.getNodeParameter('oneCopyIsEnough', itemIndex, false) as boolean;
	const proof = await verifyDump(
		{ repository, backup, level, oneCopyIsEnough, ...(restoreTest && { restoreTest }) },
		run,
	);
	return passed(chosen, startedAt, proof);
}
