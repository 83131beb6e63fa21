import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { storeFile } from '../../../core/files/store-file';
import {
	type CompressionOptions,
	compressionOf,
	compressionOptions,
} from '../../shared/compression';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { fileSource, sourceFields } from '../file-source';
import { storedFacts } from '../stored-facts';

export const option: INodePropertyOptions = {
	name: 'Store File',
	value: 'store',
	action: 'Store file',
	description: 'Back up one file, if its content has changed since the newest backup',
};

export const description: INodeProperties[] = forOperation('store', [
	...sourceFields,
	{
		displayName: 'Only When Changed',
		name: 'onlyWhenChanged',
		type: 'boolean',
		default: true,
		description:
			'Whether nothing is stored where the newest backup has the same content. The result says so either way.',
	},
	{
		displayName: 'Env File',
		name: 'envFile',
		type: 'boolean',
		default: false,
		description:
			'Whether it is a file of NAME=value lines. Then the names that were added, removed or changed are told, and never a value.',
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
				placeholder: 'e.g. managed.env',
				description:
					'Name under which the backups are kept. Empty stands for the name of the file.',
			},
			...compressionOptions,
		],
	},
]);

interface Options extends CompressionOptions {
	backupName?: string;
}

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const options = this.getNodeParameter('options', itemIndex, {}) as Options;
	const stored = await storeFile(
		{
			source: await fileSource(this, itemIndex),
			repository,
			...(options.backupName && { name: options.backupName }),
			onlyWhenChanged: this.getNodeParameter('onlyWhenChanged', itemIndex) as boolean,
			envFile: this.getNodeParameter('envFile', itemIndex) as boolean,
			compression: compressionOf(options),
		},
		runContext(this),
	);
	return storedFacts(stored);
}
