import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { parseInstant } from '../../../core/events/parse-instant';
import { listBackups } from '../../../core/repository/catalogue';
import { entryFacts } from '../../../core/repository/entry-facts';
import { retentionOf, selectBackups } from '../../../core/repository/select-backups';
import type { VerificationLevel } from '../../../core/repository/verification';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { backupFilter, backupFilterFields } from '../backup-filter';
import { keepField, keepRules, timeZoneOf, timeZoneOption } from '../keep-rules';

export const option: INodePropertyOptions = {
	name: 'List',
	value: 'list',
	action: 'List backups',
	description: 'Show what the repository holds, and how far each backup was proved',
};

export const description: INodeProperties[] = forOperation('list', [
	...backupFilterFields,
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
	{
		...keepField({}, 'Shows for each backup which of these rules would keep it in a prune'),
		displayName: 'Keep Rules to Try',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Include Unfinished',
				name: 'includeUncommitted',
				type: 'boolean',
				default: false,
				description:
					'Whether to show what is no backup too: those that are being made, and what a crash or a prune left behind',
			},
			{
				displayName: 'Newer Than',
				name: 'newerThan',
				type: 'dateTime',
				default: '',
				description: 'Only backups that represent a later time',
			},
			{
				displayName: 'Older Than',
				name: 'olderThan',
				type: 'dateTime',
				default: '',
				description: 'Only backups that represent an earlier time',
			},
			timeZoneOption,
			{
				displayName: 'Verified At Least',
				name: 'minimumLevel',
				type: 'options',
				default: 'readable',
				description: 'Only backups that were proved that far or further',
				options: [
					{ name: 'Readable', value: 'readable' },
					{ name: 'Restored', value: 'restored' },
					{ name: 'Smoke Test', value: 'smoke' },
					{ name: 'Stored', value: 'stored' },
				],
			},
		],
	},
]);

interface ListOptions {
	includeUncommitted?: boolean;
	newerThan?: unknown;
	olderThan?: unknown;
	timeZone?: string;
	minimumLevel?: VerificationLevel;
}

export async function execute(
	this: IExecuteFunctions,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const filter = backupFilter(this, itemIndex);
	const options = this.getNodeParameter('options', itemIndex, {}) as ListOptions;
	const timeZone = timeZoneOf(this, options.timeZone);
	const { newerThan, olderThan, minimumLevel, includeUncommitted } = options;
	const period = {
		...(isGiven(newerThan) && { newerThan: instant(newerThan, this.getTimezone(), 'Newer Than') }),
		...(isGiven(olderThan) && { olderThan: instant(olderThan, this.getTimezone(), 'Older Than') }),
	};
	const all = this.getNodeParameter('returnAll', itemIndex) as boolean;
	const limit = all ? Infinity : (this.getNodeParameter('limit', itemIndex) as number);
	const repository = await openNodeRepository(this, itemIndex);
	const { backups, unavailable } = await listBackups(repository, filter, runContext(this).signal);

	const now = new Date();
	const rules = keepRules(this, itemIndex);
	const isAsked = Object.keys(rules).length > 0;
	const kept = isAsked ? retentionOf(backups, rules, { timeZone, now }) : undefined;
	const warnings = unavailable.map(({ store, reason }) => `${store} could not be asked: ${reason}`);
	return selectBackups(backups, { minimumLevel, includeUncommitted, ...period })
		.slice(0, limit)
		.map((entry) => ({
			json: {
				...entryFacts(entry, now),
				...(kept && { keptBy: [...(kept.get(entry) ?? [])] }),
				warnings,
			},
		}));
}

const isGiven = (value: unknown) => value !== undefined && value !== '';

/** An expression may give a date of JavaScript; n8n's own kind prints itself as ISO. */
function instant(value: unknown, timeZone: string, field: string): Date {
	return parseInstant(value instanceof Date ? value.toISOString() : String(value), timeZone, field);
}
