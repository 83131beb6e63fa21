import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { ConfigurationError } from '../../core/errors';
import { requireRunningServer } from '../../core/postgres/running-server';
import type { RestoreTestOptions } from '../../core/postgres/restore-test/restore-test';
import { onlyServerOption } from '../shared/only-server';
import { scratchFolder, scratchFolderOption } from '../shared/scratch-folder';
import { server } from './parameters';

const BYTES_PER_GB = 1e9;

interface Choices {
	maxGigabytes?: number;
	onlyServer?: string;
	scratchFolder?: string;
}

/** Where the test of level "restored" runs. The node shows its server credential by this field. */
export const testOnField: INodeProperties = {
	displayName: 'Restore Test On',
	name: 'testOn',
	type: 'options',
	noDataExpression: true,
	default: 'builtIn',
	displayOptions: { show: { level: ['restored'] } },
	options: [
		{
			name: 'Built-In Postgres',
			value: 'builtIn',
			description: 'Runs beside n8n for the time of the test. Needs no server.',
		},
		{
			name: 'Scratch Server',
			value: 'server',
			description:
				'In a database of its own on the server of the credential, dropped afterwards. For extensions that the built-in Postgres lacks, and for large databases.',
		},
	],
};

const besideN8n = { show: { '/testOn': ['builtIn'] } };

export const testOptionsField: INodeProperties = {
	displayName: 'Restore Test Options',
	name: 'testOptions',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	displayOptions: { show: { level: ['restored'] } },
	options: [
		{
			displayName: 'Largest Dump (GB)',
			name: 'maxGigabytes',
			type: 'number',
			typeOptions: { minValue: 0.1 },
			default: 5,
			description:
				'Larger ones are refused. A test takes about half a minute and 1.6 GB of disk for each GB.',
			displayOptions: besideN8n,
		},
		{ ...onlyServerOption, displayOptions: { show: { '/testOn': ['server'] } } },
		{ ...scratchFolderOption('the restored data'), displayOptions: besideN8n },
	],
};

/** What these fields say, with the server of the credential where they ask for it. */
export async function restoreTestOptions(
	context: IExecuteFunctions,
	itemIndex: number,
	signal?: AbortSignal,
): Promise<RestoreTestOptions> {
	const choices = context.getNodeParameter('testOptions', itemIndex, {}) as Choices;
	if (context.getNodeParameter('testOn', itemIndex, 'builtIn') === 'server') {
		const login = await server(context, itemIndex);
		if (choices.onlyServer) await requireRunningServer(login, choices.onlyServer, signal);
		return { server: login };
	}
	const { maxGigabytes } = choices;
	if (maxGigabytes !== undefined && !(maxGigabytes > 0)) {
		throw new ConfigurationError(`${maxGigabytes} GB cannot be the largest dump to test.`, {
			hint: 'Give a number of gigabytes above 0.',
		});
	}
	const scratchDirectory = await scratchFolder(context, choices.scratchFolder);
	return {
		...(maxGigabytes !== undefined && { maxBytes: maxGigabytes * BYTES_PER_GB }),
		...(scratchDirectory !== undefined && { scratchDirectory }),
	};
}
