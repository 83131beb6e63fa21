import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { verifyBackup, type VerifyBackupInput } from '../../../core/repository/verify-backup';
import { verifyNewest } from '../../../core/repository/verify-newest';
import { backupFieldsWith, chosenBackup } from '../../shared/backup-choice';
import { forOperation } from '../../shared/display';
import { located } from '../../shared/located';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { oneCopyIsEnoughField, passed } from '../../shared/verification';

export const option: INodePropertyOptions = {
	name: 'Verify',
	value: 'verify',
	action: 'Verify backup',
	description:
		'Prove that the copies of a backup are whole and the same, and repair those that are not',
};

/** One of each name and component, beside what every node can choose. */
const EACH = 'newest-of-each';

const choiceFields = backupFieldsWith({
	...{ verify: 'a verification', example: 'mrdj', oneOf: 'name' },
	nameDescription: 'The name that it was stored under',
}).map((field) =>
	field.name === 'backupChoice'
		? {
				...field,
				default: EACH,
				options: [
					...(field.options ?? []),
					{
						name: 'Newest of Each',
						value: EACH,
						description: 'Of every component and name in the repository; gives an item for each',
					},
				],
			}
		: field,
);

const component: INodeProperties = {
	displayName: 'Component',
	name: 'component',
	type: 'resourceLocator',
	default: { mode: 'list', value: '' },
	required: true,
	description: 'What kind of thing was backed up',
	displayOptions: { hide: { backupChoice: [EACH] } },
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Choose a component',
			typeOptions: { searchListMethod: 'searchComponents', searchable: true },
		},
		{ displayName: 'By Name', name: 'id', type: 'string', placeholder: 'e.g. postgres' },
	],
};

const [choice, ...furtherChoices] = choiceFields;

export const description: INodeProperties[] = forOperation('verify', [
	...(choice ? [choice, component] : []),
	...furtherChoices,
	{
		displayName: 'Level',
		name: 'level',
		type: 'options',
		noDataExpression: true,
		default: 'stored',
		options: [
			{
				name: 'Readable',
				value: 'readable',
				description:
					'Also decrypts and decompresses one copy to its end, and compares what comes out with what was backed up',
			},
			{
				name: 'Stored',
				value: 'stored',
				description: 'Compares the bytes in each store with their checksum, needs no key',
			},
		],
	},
	{
		displayName: 'Repair',
		name: 'repair',
		type: 'boolean',
		default: false,
		description:
			'Whether to make a missing or damaged copy good from one in another store. Whole copies are only read.',
	},
	oneCopyIsEnoughField,
]);

export async function execute(
	this: IExecuteFunctions,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const repository = await openNodeRepository(this, itemIndex);
	const run = runContext(this);
	const startedAt = new Date();
	const how = {
		level: this.getNodeParameter('level', itemIndex) as VerifyBackupInput['level'],
		repair: this.getNodeParameter('repair', itemIndex, false) as boolean,
		oneCopyIsEnough: this.getNodeParameter('oneCopyIsEnough', itemIndex, false) as boolean,
	};
	if (this.getNodeParameter('backupChoice', itemIndex) === EACH) {
		const verified = await verifyNewest(repository, how, run);
		return verified.map(({ chosen, ...proof }) => ({ json: passed(chosen, startedAt, proof) }));
	}
	const filter = { component: located(this, 'component', itemIndex) };
	const chosen = await chosenBackup(this, repository, itemIndex, filter, run.signal);
	const proof = await verifyBackup({ repository, backup: chosen.backup, ...how }, run);
	return [{ json: passed(chosen, startedAt, proof) }];
}
