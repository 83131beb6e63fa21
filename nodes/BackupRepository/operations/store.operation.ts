import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { ConfigurationError } from '../../../core/errors';
import { storeFile } from '../../../core/files/store-file';
import type { Repository } from '../../../core/repository/repository';
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

const onlyEncrypted: INodeProperties = {
	displayName: 'Only Into an Encrypted Repository',
	name: 'requireEncryption',
	type: 'boolean',
	default: false,
	description: 'Whether to refuse a repository without encryption. The file is not even read then.',
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
		...onlyEncrypted,
		displayOptions: { show: { envFile: [false] } },
	},
	{
		// An env file is secrets, other files may be.
		...onlyEncrypted,
		default: true,
		displayOptions: { show: { envFile: [true] } },
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
	if (this.getNodeParameter('requireEncryption', itemIndex, false) as boolean) {
		assertEncrypted(repository);
	}
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

function assertEncrypted({ encryption }: Repository): void {
	if (encryption.kind !== 'none') return;
	throw new ConfigurationError('The repository is not encrypted, and the file holds secrets.', {
		hint: 'Choose a passphrase or a key pair in the credential of the repository. Nothing was stored.',
	});
}
