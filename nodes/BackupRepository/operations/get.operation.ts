import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { findIncident, type History } from '../../../core/events/find-incident';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';

export const option: INodePropertyOptions = {
	name: 'Get',
	value: 'get',
	action: 'Get event',
	description: 'Show what is recorded of a drill or an incident, with its times and its timeline',
};

export const description: INodeProperties[] = forOperation('get', [
	{
		displayName: 'Incident or Drill ID',
		name: 'incident',
		type: 'string',
		default: '',
		placeholder: 'e.g. incident-2026-11-23',
		description:
			'Leave empty for the newest one that still runs, or the newest one where none does',
	},
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const id = String(this.getNodeParameter('incident', itemIndex, ''));
	const repository = await openNodeRepository(this, itemIndex);
	const { history, warnings } = await findIncident(repository, id, runContext(this));
	if (history === undefined) return { found: false, warnings: [...warnings] };
	return { found: true, ...facts(history, warnings) };
}

function facts(
	{ incident, recovery, timeline }: History,
	warnings: readonly string[],
): IDataObject {
	const { notes: measurementNotes, ...measured } = recovery;
	return {
		...incident,
		instants: { ...incident.instants },
		restoredBackups: incident.restoredBackups.map((one) => ({ ...one })),
		who: [...incident.who],
		notes: [...incident.notes],
		data: [...incident.data],
		conflicts: [...incident.conflicts],
		...measured,
		measurementNotes: [...measurementNotes],
		timeline: timeline.map((entry) => ({ ...entry })),
		warnings: [...warnings, ...incident.conflicts],
	};
}
