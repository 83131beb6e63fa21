import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { ConfigurationError } from '../../../core/errors';
import { type FetchedFile, fetchFile, fetchToPath } from '../../../core/files/fetch-file';
import { type ChosenBackup, choiceWarnings } from '../../../core/repository/choose-backup';
import type { Repository } from '../../../core/repository/repository';
import { forOperation } from '../../shared/display';
import { fencedFile } from '../../shared/fence';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { chosenFile, fileBackupFields } from '../file-choice';

const MIME_TYPE = 'application/octet-stream';

export const option: INodePropertyOptions = {
	name: 'Fetch File',
	value: 'fetch',
	action: 'Fetch file',
	description: 'Bring a file back, once every byte of it has been verified',
};

export const description: INodeProperties[] = forOperation('fetch', [
	...fileBackupFields,
	{
		displayName: 'File To',
		name: 'destination',
		type: 'options',
		noDataExpression: true,
		default: 'path',
		options: [
			{
				name: 'Binary Data',
				value: 'binary',
				description: 'For the nodes after this one. n8n keeps it with the execution, unencrypted.',
			},
			{
				name: 'Path',
				value: 'path',
				description: 'A file on the machine of n8n, or in a folder that is shared with it',
			},
		],
	},
	{
		displayName: 'File Path',
		name: 'filePath',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. /home/node/.n8n-files/managed.env',
		description:
			'Below ~/.n8n-files, or a folder of N8N_RESTRICT_FILE_ACCESS_TO. Only the user of n8n can read it afterwards (mode 600).',
		displayOptions: { show: { destination: ['path'] } },
	},
	{
		displayName: 'Keep Replaced File',
		name: 'keepReplaced',
		type: 'boolean',
		default: true,
		description:
			'Whether a file that is there already stays beside the new one, with .before- and the time behind its name',
		displayOptions: { show: { destination: ['path'] } },
	},
	{
		displayName: 'Put Output File in Field',
		name: 'binaryPropertyName',
		type: 'string',
		default: 'data',
		required: true,
		hint: 'The name of the output binary field to put the file in',
		displayOptions: { show: { destination: ['binary'] } },
	},
]);

export async function execute(
	this: IExecuteFunctions,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const repository = await openNodeRepository(this, itemIndex);
	const { signal } = runContext(this);
	const chosen = await chosenFile(this, repository, itemIndex, { signal });
	const fetch = this.getNodeParameter('destination', itemIndex) === 'path' ? toPath : toBinaryData;
	return [await fetch(this, itemIndex, repository, chosen, signal)];
}

type Fetch = (
	context: IExecuteFunctions,
	itemIndex: number,
	repository: Repository,
	chosen: ChosenBackup,
	signal: AbortSignal | undefined,
) => Promise<INodeExecutionData>;

const toPath: Fetch = async (context, itemIndex, repository, chosen, signal) => {
	const given = (context.getNodeParameter('filePath', itemIndex) as string).trim();
	const path = await fencedFile(context, given);
	const keepReplaced = context.getNodeParameter('keepReplaced', itemIndex) as boolean;
	const assertAllowed = async () => {
		if ((await fencedFile(context, path)) === path) return;
		throw new ConfigurationError(`A folder on the way to ${path} has become a link meanwhile.`, {
			hint: 'The file was not placed. See who changes these folders.',
		});
	};
	const { backup } = chosen;
	const fetched = await fetchToPath(
		{ repository, backup, path, keepReplaced, assertAllowed },
		signal,
	);
	const { state, keptAs } = fetched.result;
	return { json: { ...facts(chosen, fetched), path, state, keptAs: keptAs ?? null } };
};

const toBinaryData: Fetch = async (context, itemIndex, repository, chosen, signal) => {
	const field = context.getNodeParameter('binaryPropertyName', itemIndex) as string;
	const fetched = await fetchFile(
		repository,
		chosen.backup,
		async ({ fingerprint, stream }) =>
			await context.helpers.prepareBinaryData(stream, fingerprint.fileName, MIME_TYPE),
		signal,
	);
	return { json: facts(chosen, fetched), binary: { [field]: fetched.result } };
};

function facts(
	chosen: ChosenBackup,
	{ manifest, store, warnings }: FetchedFile<unknown>,
): IDataObject {
	const { bytes, sha256 } = manifest.payload.raw;
	return {
		backupId: manifest.id,
		name: manifest.name,
		consistencyPoint: manifest.consistencyPoint,
		ageMinutes: Math.round(chosen.ageMs / 6_000) / 10,
		...{ bytes, sha256, store },
		warnings: [...choiceWarnings(chosen), ...warnings],
	};
}
