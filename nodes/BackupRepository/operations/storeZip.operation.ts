import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { storeFile } from '../../../core/files/store-file';
import { zipOf } from '../../../core/files/zip/zip-source';
import {
	type CompressionOptions,
	compressionOf,
	compressionOptions,
} from '../../shared/compression';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { binaryReader } from '../file-source';
import { storedFacts } from '../stored-facts';

export const option: INodePropertyOptions = {
	name: 'Store Files as ZIP',
	value: 'storeZip',
	action: 'Store files as ZIP',
	description: 'Back up the files of all items as one ZIP, if anything in it has changed',
};

export const description: INodeProperties[] = forOperation('storeZip', [
	{
		displayName: 'Input Binary Field',
		name: 'binaryPropertyName',
		type: 'string',
		default: 'data',
		required: true,
		hint: 'The name of the input field containing the binary file data to be used',
	},
	{
		displayName: 'Path in ZIP',
		name: 'pathInZip',
		type: 'string',
		default: '={{ $json.path }}',
		required: true,
		placeholder: 'e.g. assets/main.css',
		description: 'Of the file of each item. A leading slash is left out.',
	},
	{
		displayName: 'Expected SHA-1',
		name: 'expectedSha1',
		type: 'string',
		default: '',
		placeholder: 'e.g. ={{ $json.sha }}',
		description:
			'Of the file of each item, in hexadecimal digits. Nothing is stored where one differs. Nothing is compared without it.',
	},
	{
		displayName: 'ZIP File Name',
		name: 'zipFileName',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. site.zip',
	},
	{
		displayName: 'Only When Changed',
		name: 'onlyWhenChanged',
		type: 'boolean',
		default: true,
		description:
			'Whether nothing is stored where the newest backup has the same files, paths and comment. The result says so either way.',
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
				placeholder: 'e.g. site',
				description: 'Name under which the backups are kept. Empty stands for the name of the ZIP.',
			},
			{
				displayName: 'Comment',
				name: 'comment',
				type: 'string',
				default: '',
				description: 'Kept in the ZIP; unzip -z shows it',
			},
			...compressionOptions,
		],
	},
]);

interface Options extends CompressionOptions {
	backupName?: string;
	comment?: string;
}

/** All items make one ZIP, so the first one does the work. */
export async function execute(
	this: IExecuteFunctions,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	if (itemIndex > 0) return [];
	const repository = await openNodeRepository(this, 0);
	const options = this.getNodeParameter('options', 0, {}) as Options;
	const context = runContext(this);
	const files = this.getInputData().map((_item, item) => {
		const { read } = binaryReader(this, item);
		const path = String(this.getNodeParameter('pathInZip', item));
		const expectedSha1 = String(this.getNodeParameter('expectedSha1', item, '') ?? '').trim();
		return { path, expectedSha1, read };
	});
	const zipFileName = (this.getNodeParameter('zipFileName', 0) as string).trim();
	const stored = await storeFile(
		{
			source: zipOf(zipFileName, files, {
				...(options.comment && { comment: options.comment }),
				signal: context.signal,
			}),
			repository,
			...(options.backupName && { name: options.backupName }),
			onlyWhenChanged: this.getNodeParameter('onlyWhenChanged', 0) as boolean,
			envFile: false,
			compression: compressionOf(options),
		},
		context,
	);
	return [{ json: { files: files.length, ...storedFacts(stored) } }];
}
