import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { IntegrityError } from '../../../core/errors';
import { verifyDump, type VerifyDumpInput } from '../../../core/postgres/verify-dump';
import { choiceWarnings, newestByDefault } from '../../shared/backup-choice';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
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
	{
		displayName: 'One Whole Copy Is Enough',
		name: 'oneCopyIsEnough',
		type: 'boolean',
		default: false,
		description:
			'Whether it passes when one store has a whole copy. What is wrong in the others is a warning then. For use before a restore, when a store may be lost.',
	},
	testOptionsField,
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const run = runContext(this);
	const startedAt = new Date();
	const level = this.getNodeParameter('level', itemIndex) as VerifyDumpInput['level'];
	const restoreTest = level === 'restored' ? await restoreTestOptions(this, itemIndex) : undefined;
	const chosen = await chosenDump(this, repository, itemIndex, run.signal);
	const { backup, consistencyPoint, ageMs } = chosen;
	const oneCopyIsEnough = this.getNodeParameter('oneCopyIsEnough', itemIndex, false) as boolean;
	const { problems, ...proof } = await verifyDump(
		{ repository, backup, level, oneCopyIsEnough, ...(restoreTest && { restoreTest }) },
		run,
	);
	if (problems.length > 0) {
		throw new IntegrityError(`The backup ${backup.id} did not pass: ${problems.join(' ')}`, {
			hint: 'Make a new backup now. To restore, use another copy or an older backup.',
		});
	}
	return {
		...proof,
		consistencyPoint: consistencyPoint.toISOString(),
		ageMinutes: Math.round(ageMs / 6_000) / 10,
		startedAt: startedAt.toISOString(),
		warnings: [...choiceWarnings(chosen), ...proof.warnings],
	};
}
