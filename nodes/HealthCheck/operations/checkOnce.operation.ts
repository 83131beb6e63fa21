import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { z } from 'zod';
import { checkOnce } from '../../../core/health/check-once';
import { forOperation } from '../../shared/display';
import { runContext } from '../../shared/run-context';
import { readChecks } from '../checks';
import { parseRow } from '../kinds/row';
import { parallel, parallelOption } from '../options';

const DEFAULT_RETRIES = 2;

export const option: INodePropertyOptions = {
	name: 'Check Once',
	value: 'checkOnce',
	action: 'Check once',
	description: 'Look now, and say whether everything is healthy',
};

export const description: INodeProperties[] = forOperation('checkOnce', [
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			parallelOption,
			{
				displayName: 'Retries',
				name: 'retries',
				type: 'number',
				typeOptions: { minValue: 0, maxValue: 20 },
				default: DEFAULT_RETRIES,
				description:
					'How often a check that fails is tried again before it counts, with growing pauses from half a second',
			},
		],
	},
]);

const schema = z.object({
	parallel,
	retries: z.coerce.number().int().min(0).max(20).default(DEFAULT_RETRIES),
});

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const options = parseRow(schema, this.getNodeParameter('options', itemIndex, {}));
	const { signal } = runContext(this);
	const document = await checkOnce(await readChecks(this, itemIndex), {
		...options,
		...(signal && { signal }),
	});
	return { ...document };
}
