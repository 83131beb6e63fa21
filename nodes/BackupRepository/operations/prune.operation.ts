import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { pruneBackups, type PrunedBackup } from '../../../core/repository/prune';
import { highestLevel } from '../../../core/repository/select-backups';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { backupFilter, backupFilterFields } from '../backup-filter';
import { keepField, keepRules, timeZoneOf, timeZoneOption, USUAL_RULES } from '../keep-rules';

export const option: INodePropertyOptions = {
	name: 'Prune',
	value: 'prune',
	action: 'Prune backups',
	description: 'Remove the backups that no keep rule wants, and what crashed runs have left',
};

export const description: INodeProperties[] = forOperation('prune', [
	{
		displayName:
			'The newest backup and the newest verified one of each name always stay, in every store.',
		name: 'pruneNotice',
		type: 'notice',
		default: '',
	},
	...backupFilterFields,
	keepField(
		USUAL_RULES,
		'A backup stays when one of these rules wants it, for each component and name by itself',
	),
	{
		displayName: 'Dry Run',
		name: 'dryRun',
		type: 'boolean',
		default: true,
		description:
			'Whether to only tell what would be removed, and why the others stay. Turn it off to remove them for good.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [timeZoneOption],
	},
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const filter = backupFilter(this, itemIndex);
	const { timeZone } = this.getNodeParameter('options', itemIndex, {}) as { timeZone?: string };
	const dryRun = this.getNodeParameter('dryRun', itemIndex) as boolean;
	const repository = await openNodeRepository(this, itemIndex);
	const request = {
		...{ filter, rules: keepRules(this, itemIndex), dryRun },
		timeZone: timeZoneOf(this, timeZone),
	};
	const report = await pruneBackups(repository, request, runContext(this).signal);
	const backups = report.groups.flatMap((group) => group.backups);
	const removable = backups.filter(({ outcome }) => outcome === 'would be removed').length;
	return {
		dryRun,
		...counts(backups),
		groups: report.groups.map((group) => ({
			...{ component: group.component, name: group.name },
			...counts(group.backups),
			backups: group.backups.map(shown),
		})),
		leftovers: report.leftovers.map((leftover) => ({ ...leftover })),
		warnings: [
			...report.warnings,
			...(removable > 0
				? [`This was a dry run: nothing was removed. Without it, ${removable} backups would go.`]
				: []),
		],
	};
}

function counts(backups: readonly PrunedBackup[]) {
	const of = (...outcomes: PrunedBackup['outcome'][]) =>
		backups.filter(({ outcome }) => outcomes.includes(outcome));
	const going = of('removed', 'would be removed');
	return {
		...{ kept: of('kept').length, removed: of('removed').length },
		...{ wouldBeRemoved: of('would be removed').length, blocked: of('blocked').length },
		bytesPerStore: going.reduce((sum, { entry }) => sum + entry.storedBytes, 0),
	};
}

function shown({ entry, outcome, reasons }: PrunedBackup) {
	const { id, consistencyPoint, storedBytes } = entry;
	return {
		...{ backupId: id, consistencyPoint: consistencyPoint.toISOString(), storedBytes },
		...{ verified: highestLevel(entry) ?? 'none', outcome, reasons: [...reasons] },
	};
}
