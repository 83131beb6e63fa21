import type {
	IDataObject,
	IExecuteFunctions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import type { EventKind } from '../../../core/events/event';
import type { InstantName } from '../../../core/events/instants';
import { recordEvent, type RecordedEvent } from '../../../core/events/record-event';
import { forOperation } from '../../shared/display';
import { openNodeRepository } from '../../shared/repository';
import { runContext } from '../../shared/run-context';
import { details, type Details, instants, readDetails, readInstants } from '../event-fields';

export const option: INodePropertyOptions = {
	name: 'Record',
	value: 'record',
	action: 'Record event',
	description:
		'Keep a fact about a drill or an incident for good, so that its times can be measured',
};

export const description: INodeProperties[] = forOperation('record', [
	{
		displayName: 'Kind',
		name: 'kind',
		type: 'options',
		default: 'drill',
		description: 'What it was',
		options: [
			{ name: 'Drill', value: 'drill', description: 'A test of the plan' },
			{ name: 'Incident', value: 'incident', description: 'It really happened' },
		],
	},
	{
		displayName: 'Incident or Drill ID',
		name: 'incidentId',
		type: 'string',
		default: '',
		placeholder: 'e.g. incident-2026-11-23',
		description:
			'The same for all its records: each one adds to what is known. Leave empty for a new one.',
	},
	instants,
	details,
]);

export async function execute(this: IExecuteFunctions, itemIndex: number): Promise<IDataObject> {
	const repository = await openNodeRepository(this, itemIndex);
	const times = this.getNodeParameter('instants', itemIndex, {}) as Partial<
		Record<InstantName, unknown>
	>;
	const recorded = await recordEvent(
		repository,
		{
			kind: this.getNodeParameter('kind', itemIndex) as EventKind,
			incident: String(this.getNodeParameter('incidentId', itemIndex, '')),
			instants: readInstants(times, this.getTimezone()),
			...readDetails(this.getNodeParameter('details', itemIndex, {}) as Details),
		},
		runContext(this),
	);
	return facts(recorded);
}

function facts({ backupId, storedIn, record, incident, recovery, warnings }: RecordedEvent) {
	const { notes, ...measured } = recovery;
	return {
		...{ incidentId: incident.incident, kind: incident.kind, backupId },
		...{ recordedAt: record.recordedAt, records: incident.records },
		...(incident.title && { title: incident.title }),
		...(incident.outcome && { outcome: incident.outcome }),
		instants: { ...incident.instants },
		restoredBackups: incident.restoredBackups.map((one) => ({ ...one })),
		...measured,
		storedIn: [...storedIn],
		notes: [...notes],
		warnings: [...warnings, ...incident.conflicts],
	};
}
