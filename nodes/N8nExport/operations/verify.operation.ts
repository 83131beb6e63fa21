import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { COMPONENT } from '../../../core/files/newest-file';
import { verifyExport, type VerifyExportInput } from '../../../core/n8n/verify-export';
import { backupFieldsWith, chosenBackup, newestByDefault } from '../../shared/backup-choice';
import { N8N, readN8nServer } from '../../shared/credentials';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { passed } from '../../shared/verification';

export const option: INodePropertyOptions = {
	name: 'Verify Export',
	value: 'verify',
	action: 'Verify export',
	description: 'Prove that an export in the repository is whole, and record the proof beside it',
};

export const description: INodeProperties[] = forOperation('verify', [
	...newestByDefault(
		backupFieldsWith({
			...{ verify: 'a verification', example: 'n8n-workflows', oneOf: 'file' },
			nameDescription: 'The name that it was stored under',
		}),
	),
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
				description: 'Decrypts it, reads it to its end, and counts its workflows',
			},
			{
				name: 'Restored',
				value: 'restored',
				description:
					'Also brings its workflows, unpublished, into the n8n of the credential, which must not have any, compares them there and removes them again',
			},
			{
				name: 'Stored',
				value: 'stored',
				description: 'Compares the bytes in each store with their checksum, needs no key',
			},
		],
	},
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const run = runContext(this);
	const startedAt = new Date();
	const level = this.getNodeParameter('level', itemIndex) as VerifyExportInput['level'];
	const how =
		level === 'restored'
			? { level, throwAway: readN8nServer(await this.getCredentials(N8N, itemIndex)) }
			: { level };
	const filter = { component: COMPONENT };
	const chosen = await chosenBackup(this, repository, itemIndex, filter, run.signal);
	const proof = await verifyExport({ repository, backup: chosen.backup, ...how }, run);
	return passed(chosen, startedAt, proof);
}
