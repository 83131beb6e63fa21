import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import {
	type BackupChoice,
	type BackupFilter,
	chooseBackup,
	type ChosenBackup,
	RESTORE_CHOICE,
	VERIFY_CHOICE,
} from '../../core/repository/choose-backup';
import type { Repository } from '../../core/repository/repository';
import { located } from './located';

/** What differs between the nodes in the fields for the choice of a backup. */
interface BackupWords {
	/** What proves backups, e.g. the operation `Verify Dump`. */
	verify: string;
	/** Name of a backup, for placeholders. */
	example: string;
	/** What the name of a backup is by default. */
	nameDescription: string;
	/** What a repository may hold one of, for the name to stay empty. */
	oneOf: string;
}

/** Which backup to act on; read by `chosenBackup`. The node has `searchBackups` among its methods. */
export function backupFieldsWith(words: BackupWords): INodeProperties[] {
	return [
		{
			displayName: 'Backup',
			name: 'backupChoice',
			type: 'options',
			noDataExpression: true,
			default: RESTORE_CHOICE,
			options: [
				{
					name: 'Choose One',
					value: 'chosen',
					description: 'Pick a backup from the list, or give its ID',
				},
				{
					name: 'Newest',
					value: 'newest',
					description: 'Whether or not it has been proved that it can be read',
				},
				{
					name: 'Newest Verified',
					value: 'newest-verified',
					description: `The newest that ${words.verify} has read to its end, or restored`,
				},
			],
		},
		{
			displayName: 'Backup to Use',
			name: 'backup',
			type: 'resourceLocator',
			default: { mode: 'list', value: '' },
			required: true,
			description: 'The list shows age, size and what has been verified',
			displayOptions: { show: { backupChoice: ['chosen'] } },
			modes: [
				{
					displayName: 'From List',
					name: 'list',
					type: 'list',
					placeholder: 'Choose a backup',
					typeOptions: { searchListMethod: 'searchBackups', searchable: true },
				},
				{
					displayName: 'By ID',
					name: 'id',
					type: 'string',
					placeholder: `e.g. ${words.example}-20261122170000`,
				},
			],
		},
		{
			displayName: 'Backup Name',
			name: 'backupName',
			type: 'string',
			default: '',
			placeholder: `e.g. ${words.example}`,
			description: words.nameDescription,
			hint: `May stay empty where the repository holds backups of one ${words.oneOf} only`,
			displayOptions: { show: { backupChoice: ['newest', 'newest-verified'] } },
		},
	];
}

/** The same, where the newest one is what a verification is usually about. */
export function newestByDefault(fields: INodeProperties[]): INodeProperties[] {
	return fields.map((field) =>
		field.name === 'backupChoice' ? { ...field, default: VERIFY_CHOICE } : field,
	);
}

/** Finds the backup that these fields describe; a name in `filter` stands for an empty field. */
export async function chosenBackup(
	context: IExecuteFunctions,
	repository: Repository,
	itemIndex: number,
	filter: BackupFilter,
	signal: AbortSignal | undefined,
): Promise<ChosenBackup> {
	const field = context.getNodeParameter('backupChoice', itemIndex) as
		Extract<BackupChoice, string> | 'chosen';
	const name = backupName(context, itemIndex);
	return await chooseBackup(
		repository,
		{ ...filter, ...(name !== '' && { name }) },
		field === 'chosen' ? { id: located(context, 'backup', itemIndex) } : field,
		signal,
	);
}

/** Whether a person has picked one backup, and does not want "the newest". */
export function isBackupChosen(context: IExecuteFunctions, itemIndex: number): boolean {
	return context.getNodeParameter('backupChoice', itemIndex) === 'chosen';
}

/** Whether a person has said by id or by name which backup is meant, or only "the newest". */
export function isBackupNamed(context: IExecuteFunctions, itemIndex: number): boolean {
	return isBackupChosen(context, itemIndex) || backupName(context, itemIndex) !== '';
}

function backupName(context: IExecuteFunctions, itemIndex: number): string {
	if (isBackupChosen(context, itemIndex)) return '';
	return (context.getNodeParameter('backupName', itemIndex, '') as string).trim();
}
