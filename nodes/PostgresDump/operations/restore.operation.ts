import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import {
	RESTORE_DEFAULTS,
	restoreDump,
	type RestoreDumpInput,
} from '../../../core/postgres/restore-dump';
import { requireRunningServer } from '../../../core/postgres/running-server';
import { choiceWarnings } from '../../../core/repository/choose-backup';
import { isBackupNamed } from '../../shared/backup-choice';
import { forOperation } from '../../shared/display';
import { located } from '../../shared/located';
import { onlyServerOption } from '../../shared/only-server';
import { openNodeRepository } from '../../shared/repository';
import { programsFolder } from '../../shared/programs-folder';
import { runContext } from '../../shared/run-context';
import { backupFields, binariesDirectoryOption, databaseField } from '../fields';
import { rightsOptions } from './restore.options';
import { chosenDump, server } from '../parameters';

export const option: INodePropertyOptions = {
	name: 'Restore Dump',
	value: 'restore',
	action: 'Restore dump',
	description: 'Bring a database back from a backup and compare it with what was backed up',
};

export const description: INodeProperties[] = forOperation('restore', [
	...backupFields,
	{
		displayName: 'Restore Into',
		name: 'mode',
		type: 'options',
		noDataExpression: true,
		default: RESTORE_DEFAULTS.mode,
		options: [
			{
				name: 'A New Database',
				value: 'new-database',
				description: 'Nothing that exists is touched',
			},
			{
				name: 'Replace a Database, Keep the Old One',
				value: 'swap',
				description:
					'Restores beside it, compares, then swaps the names. The old database stays under another name.',
			},
			{
				name: 'The Existing Database',
				value: 'existing-database',
				description: 'Drops and restores its objects in one transaction. The old data is gone.',
			},
		],
	},
	{
		displayName:
			'What is in the database now will be gone for good. Unless the server has no room for two, choose "Replace a Database, Keep the Old One".',
		name: 'existingNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { mode: ['existing-database'] } },
	},
	{
		...databaseField,
		displayOptions: { show: { mode: ['swap', 'existing-database'] } },
	},
	{
		displayName: 'New Database',
		name: 'newDatabase',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. mrdj_db_look',
		displayOptions: { show: { mode: ['new-database'] } },
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Engine',
				name: 'engine',
				type: 'options',
				default: RESTORE_DEFAULTS.engine,
				description: 'What reads the backup and fills the database',
				options: [
					{
						name: 'Automatic',
						value: 'auto',
						description: 'A suitable pg_restore of this machine, else the built-in reader',
					},
					{ name: 'Built-In', value: 'own', description: 'Needs nothing on this machine' },
					{ name: 'Native', value: 'native', description: 'A pg_restore of this machine' },
				],
			},
			onlyServerOption,
			binariesDirectoryOption,
			...rightsOptions,
		],
	},
]);

type Options = Partial<
	Pick<RestoreDumpInput, 'engine' | 'binariesDirectory' | 'owners' | 'privileges' | 'unsupported'>
> & { onlyServer?: string };

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const login = await server(this, itemIndex);
	const run = runContext(this);
	const options = this.getNodeParameter('options', itemIndex, {}) as Options;
	if (options.onlyServer) await requireRunningServer(login, options.onlyServer, run.signal);
	const chosen = await chosenDump(this, repository, itemIndex, run.signal, login);
	const mode = this.getNodeParameter('mode', itemIndex) as RestoreDumpInput['mode'];
	const database =
		mode === 'new-database'
			? (this.getNodeParameter('newDatabase', itemIndex) as string)
			: located(this, 'database', itemIndex, login.database);
	const result = await restoreDump(
		{
			server: login,
			repository,
			backup: chosen.backup,
			mode,
			database,
			// Where the old content goes for good, a guess at the backup has to be right.
			...(mode === 'existing-database' &&
				!isBackupNamed(this, itemIndex) && { sourceDatabase: database }),
			engine: options.engine ?? RESTORE_DEFAULTS.engine,
			...(await programsFolder(this, 'Postgres', options.binariesDirectory)),
			owners: options.owners ?? RESTORE_DEFAULTS.owners,
			privileges: options.privileges ?? RESTORE_DEFAULTS.privileges,
			unsupported: options.unsupported ?? RESTORE_DEFAULTS.unsupported,
		},
		run,
	);
	return { ...result, warnings: [...choiceWarnings(chosen), ...result.warnings] };
}
