import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { KeepRules } from '../../core/repository/retention';

/** Hourly backups for two days, and fewer and fewer of them for a year. */
export const USUAL_RULES: KeepRules = {
	...{ keepHourly: 48, keepDaily: 14, keepWeekly: 8, keepMonthly: 12 },
};

/** The collection of restic's keep rules; read by `keepRules`. */
export function keepField(preset: KeepRules, description: string): INodeProperties {
	return {
		displayName: 'Keep',
		name: 'keep',
		type: 'collection',
		placeholder: 'Add rule',
		default: { ...preset },
		description,
		options: [
			countRule('Daily', 14, 'The newest backup of each of so many days'),
			countRule('Hourly', 48, 'The newest backup of each of so many hours'),
			countRule('Last', 10, 'So many of the newest backups'),
			countRule('Monthly', 12, 'The newest backup of each of so many months'),
			countRule('Weekly', 8, 'The newest backup of each of so many weeks, which begin on Monday'),
			{
				displayName: 'Within (Days)',
				name: 'keepWithinDays',
				type: 'number',
				typeOptions: { minValue: 0 },
				default: 7,
				description: 'Every backup that is not older than the newest by more than so many days',
			},
			countRule('Yearly', 5, 'The newest backup of each of so many years'),
		],
	};
}

export const timeZoneOption: INodeProperties = {
	displayName: 'Time Zone',
	name: 'timeZone',
	type: 'string',
	default: '',
	placeholder: 'e.g. Europe/Amsterdam',
	description:
		'Where the days, weeks and months of the keep rules begin. Leave empty for the time zone of the workflow.',
};

/** The rules that were set; none of them where the collection is empty. */
export function keepRules(context: IExecuteFunctions, itemIndex: number): KeepRules {
	return context.getNodeParameter('keep', itemIndex, {}) as KeepRules;
}

/** What `timeZoneOption` says, or what the workflow does. */
export function timeZoneOf(context: IExecuteFunctions, chosen = ''): string {
	return chosen.trim() === '' ? context.getTimezone() : chosen.trim();
}

function countRule(unit: string, value: number, description: string): INodeProperties {
	return {
		displayName: unit,
		name: `keep${unit}`,
		type: 'number',
		typeOptions: { minValue: 0 },
		default: value,
		description,
	};
}
