import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { requireWorkspace } from '../../../core/rentguy/require-workspace';
import { flushQueue } from '../../../core/rentguy/flush/flush-queue';
import { forOperation } from '../../shared/display';
import { logPhases } from '../../shared/phases';
import { runContext } from '../../shared/run-context';
import { dashboardClient } from '../client';

const MINUTE_MS = 60_000;

export const option: INodePropertyOptions = {
	name: 'Flush Queue',
	value: 'flush',
	action: 'Flush queue',
	description: 'Have the platform deliver what is pending, until nothing is left',
};

export const description: INodeProperties[] = forOperation('flush', [
	{
		displayName: 'Only If Pending',
		name: 'onlyIfPending',
		type: 'boolean',
		default: true,
		description:
			'Whether to do nothing, and say so, where nothing is pending. Otherwise the platform is asked to flush at least once.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Batch Size',
				name: 'batchSize',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 500 },
				default: 50,
				description: 'How many jobs of each state the platform takes on in one round',
			},
			{
				displayName: 'Give Up After Rounds',
				name: 'roundsWithoutProgress',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 3,
				description: 'How many rounds in a row may bring nothing',
			},
			{
				displayName: 'Only Into Workspace',
				name: 'onlyWorkspace',
				type: 'string',
				default: '',
				placeholder: 'e.g. ws-staging',
				description:
					'ID of the RentGuy workspace that is meant, as Get Status shows it. A platform with another one is left alone. Leave empty for whichever it has.',
			},
			{
				displayName: 'Time Limit (Minutes)',
				name: 'timeLimitMinutes',
				type: 'number',
				typeOptions: { minValue: 1 },
				default: 10,
				description:
					'After that no round begins. The platform allows five rounds in a minute, to everybody together.',
			},
		],
	},
]);

interface Options {
	batchSize?: number;
	onlyWorkspace?: string;
	roundsWithoutProgress?: number;
	timeLimitMinutes?: number;
}

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const client = await dashboardClient(this, itemIndex);
	const options = this.getNodeParameter('options', itemIndex, {}) as Options;
	const startedAt = new Date();
	if (options.onlyWorkspace) await requireWorkspace(client, options.onlyWorkspace.trim());
	const result = await flushQueue(
		client,
		{
			onlyIfPending: this.getNodeParameter('onlyIfPending', itemIndex, true) as boolean,
			batchSize: options.batchSize ?? 50,
			roundsWithoutProgress: options.roundsWithoutProgress ?? 3,
			deadlineMs: (options.timeLimitMinutes ?? 10) * MINUTE_MS,
		},
		{ ...runContext(this), onProgress: logPhases(this) },
	);
	return {
		...result,
		startedAt: startedAt.toISOString(),
		finishedAt: new Date().toISOString(),
	};
}
