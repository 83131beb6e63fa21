import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { z } from 'zod';
import { waitUntilHealthy } from '../../../core/health/wait-until-healthy';
import { forOperation } from '../../shared/display';
import { runContext } from '../../shared/run-context';
import { readChecks } from '../checks';
import { parseRow } from '../kinds/row';
import { parallel, parallelOption } from '../options';

export const option: INodePropertyOptions = {
	name: 'Wait Until Healthy',
	value: 'waitUntilHealthy',
	action: 'Wait until healthy',
	description: 'Look again and again, until everything has been healthy for a while',
};

export const description: INodeProperties[] = forOperation('waitUntilHealthy', [
	{
		displayName: 'Give Up After (Minutes)',
		name: 'deadlineMinutes',
		type: 'number',
		typeOptions: { minValue: 0.1, maxValue: 1_440 },
		default: 15,
		description: 'Then the item leaves the node as unhealthy, with what was seen last',
	},
	{
		displayName: 'Stable for Rounds',
		name: 'stableRounds',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 1_000 },
		default: 3,
		description: 'How many rounds in a row nothing may fail in',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			parallelOption,
			{
				displayName: 'Interval (Seconds)',
				name: 'intervalSeconds',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 86_400 },
				default: 10,
				description: 'The pause between two rounds',
			},
		],
	},
]);

const schema = z.object({
	deadlineMinutes: z.coerce.number().min(0.1).max(1_440),
	stableRounds: z.coerce.number().int().min(1).max(1_000),
	options: z.object({
		parallel,
		intervalSeconds: z.coerce.number().min(1).max(86_400).default(10),
	}),
});

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const { deadlineMinutes, stableRounds, options } = parseRow(schema, {
		deadlineMinutes: this.getNodeParameter('deadlineMinutes', itemIndex),
		stableRounds: this.getNodeParameter('stableRounds', itemIndex),
		options: this.getNodeParameter('options', itemIndex, {}),
	});
	const { signal } = runContext(this);
	const document = await waitUntilHealthy(await readChecks(this, itemIndex), {
		...{ parallel: options.parallel, stableRounds },
		intervalMs: options.intervalSeconds * 1_000,
		deadlineMs: deadlineMinutes * 60_000,
		...(signal && { signal }),
	});
	return { ...document };
}
