import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { buildReport } from '../../../core/report/build-report';
import { reportPage } from '../../../core/report/html/page';
import { summaryOf } from '../../../core/report/summary';
import type { RpoTarget } from '../../../core/report/targets';
import { isoDay } from '../../../core/report/words';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';

export const option: INodePropertyOptions = {
	name: 'Report',
	value: 'report',
	action: 'Report on backups',
	description: 'Measure recovery points, proofs and drills, as data and as one HTML page',
};

export const description: INodeProperties[] = forOperation('report', [
	{
		displayName: 'Days',
		name: 'windowDays',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 3660 },
		default: 30,
		description: 'How far the report looks back',
	},
	{
		displayName: 'Recovery Point Target (Minutes)',
		name: 'rpoMinutes',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 60,
		description:
			'How old the newest backup may ever be (RPO). It holds for all but files, which are kept when they change. 0 for none.',
	},
	{
		displayName: 'Recovery Time Target (Minutes)',
		name: 'rtoMinutes',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 240,
		description: 'How long a recovery may take (RTO). 0 for none.',
	},
	{
		displayName: 'Other Recovery Point Targets',
		name: 'otherTargets',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add target',
		default: {},
		options: [
			{
				displayName: 'Target',
				name: 'target',
				values: [
					{
						displayName: 'Component',
						name: 'component',
						type: 'string',
						default: '',
						placeholder: 'e.g. file',
					},
					{
						displayName: 'Backup Name',
						name: 'name',
						type: 'string',
						default: '',
						placeholder: 'e.g. n8n-workflows',
						description: 'Leave empty for all of the component',
					},
					{
						displayName: 'Minutes',
						name: 'minutes',
						type: 'number',
						typeOptions: { minValue: 0 },
						default: 1440,
						description: '0 for no target',
					},
				],
			},
		],
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Put Page in Field',
				name: 'binaryProperty',
				type: 'string',
				default: 'report',
				description: 'Name of the binary field that the HTML page goes into',
			},
			{
				displayName: 'Time Zone',
				name: 'timeZone',
				type: 'string',
				default: '',
				placeholder: 'e.g. Europe/Amsterdam',
				description: 'Of the times on the page. Leave empty for that of the workflow.',
			},
		],
	},
]);

interface Options {
	binaryProperty?: string;
	timeZone?: string;
}

export async function execute(
	this: IExecuteFunctions,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const repository = await openNodeRepository(this, itemIndex);
	const options = this.getNodeParameter('options', itemIndex, {}) as Options;
	const others = this.getNodeParameter('otherTargets', itemIndex, {}) as { target?: RpoTarget[] };
	const timeZone = options.timeZone?.trim() || this.getTimezone();
	const report = await buildReport(
		repository,
		{
			windowDays: Number(this.getNodeParameter('windowDays', itemIndex)),
			targets: {
				rpoMinutes: Number(this.getNodeParameter('rpoMinutes', itemIndex)),
				rtoMinutes: Number(this.getNodeParameter('rtoMinutes', itemIndex)),
				rpo: others.target ?? [],
			},
			timeZone,
		},
		runContext(this).signal,
	);
	const fileName = `disaster-recovery-report-${isoDay(report.generatedAt, timeZone)}.html`;
	const page = await this.helpers.prepareBinaryData(
		...([Buffer.from(reportPage(report)), fileName, 'text/html'] as const),
	);
	const field = options.binaryProperty?.trim() || 'report';
	return [{ json: { ...summaryOf(report), fileName }, binary: { [field]: page } }];
}
