import type { INodeProperties } from 'n8n-workflow';
import { z } from 'zod';
import type { Outcome } from '../../core/events/event';
import type { InstantName, Instants } from '../../core/events/instants';
import { parseInstant } from '../../core/events/parse-instant';
import type { EventInput } from '../../core/events/record-event';
import { ConfigurationError } from '../../core/errors';

const TITLES: Readonly<Record<InstantName, [title: string, meaning: string]>> = {
	impactStart: ['T0 Impact Began', 'When the damage began; in a drill, when the fault was put in'],
	detected: ['T1 Detected', 'When somebody or something noticed'],
	declared: ['T2 Declared', 'When it was declared an incident and the plan was opened'],
	restoreStarted: ['T3 Restore Started', 'When the first restore began'],
	dataRestored: ['T4 Data Restored', 'When the last restore had ended'],
	serviceHealthy: ['T5 Service Healthy', 'When the service was healthy again and stayed so'],
	maintenanceOff: ['T6 Maintenance Off', 'When the maintenance page was taken away'],
};

/** The clock of field `instants`, read by `readInstants`. */
export const instants: INodeProperties = {
	displayName: 'Times',
	name: 'instants',
	type: 'collection',
	placeholder: 'Add time',
	default: {},
	description: 'What is known so far; later records can add to it',
	options: Object.entries(TITLES).map(([name, [displayName, description]]) => ({
		...{ displayName, name, type: 'dateTime' as const, default: '', description },
	})),
};

/** The optional fields, read by `readDetails`. */
export const details: INodeProperties = {
	displayName: 'Details',
	name: 'details',
	type: 'collection',
	placeholder: 'Add detail',
	default: {},
	options: [
		{
			displayName: 'Data',
			name: 'data',
			type: 'json',
			default: '{}',
			description: 'Anything else, as JSON; no secrets',
		},
		{
			displayName: 'Notes',
			name: 'notes',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: 'e.g. The swap took two minutes',
		},
		{
			displayName: 'Outcome',
			name: 'outcome',
			type: 'options',
			default: 'succeeded',
			description: 'How it ended; leave it out while it runs',
			options: [
				{ name: 'Aborted', value: 'aborted' },
				{ name: 'Failed', value: 'failed' },
				{ name: 'Partly Succeeded', value: 'partly' },
				{ name: 'Succeeded', value: 'succeeded' },
			],
		},
		{
			displayName: 'Plan Paragraph',
			name: 'planParagraph',
			type: 'string',
			default: '',
			placeholder: 'e.g. §4.2',
			description: 'Of the written plan, that was followed or tested',
		},
		{
			displayName: 'Restored Backup IDs',
			name: 'restoredBackups',
			type: 'string',
			default: '',
			placeholder: 'e.g. mrdj-20261122170000',
			description: 'What was restored, separated by commas. The loss of data is measured from it.',
		},
		{
			displayName: 'Scenario',
			name: 'scenario',
			type: 'string',
			default: '',
			placeholder: 'e.g. The database server is lost',
		},
		{
			displayName: 'Title',
			name: 'title',
			type: 'string',
			default: '',
			placeholder: 'e.g. Quarterly restore on staging',
		},
		{
			displayName: 'Who',
			name: 'who',
			type: 'string',
			default: '',
			placeholder: 'e.g. DevOps engineer',
			description: 'The role that recorded this',
		},
	],
};

/** What the collection `details` gives. */
export interface Details {
	data?: unknown;
	notes?: string;
	outcome?: Outcome;
	planParagraph?: string;
	restoredBackups?: unknown;
	scenario?: string;
	title?: string;
	who?: string;
}

/** Local times are those of the workflow's zone. Throws `ConfigurationError`. */
export function readInstants(
	times: Partial<Record<InstantName, unknown>>,
	timeZone: string,
): Instants {
	const names = Object.keys(TITLES) as InstantName[];
	return Object.fromEntries(
		names.flatMap((name) => {
			const value = times[name];
			// An expression may give a date of JavaScript; n8n's own kind prints itself as ISO.
			const text = value instanceof Date ? value.toISOString() : String(value ?? '').trim();
			if (text === '') return [];
			return [[name, parseInstant(text, timeZone, TITLES[name][0]).toISOString()]];
		}),
	);
}

/** Throws `ConfigurationError` where the data are not JSON. */
export function readDetails({
	data,
	restoredBackups,
	...texts
}: Details): Pick<EventInput, 'restoredBackups'> & Omit<Partial<EventInput>, 'instants'> {
	const ids = Array.isArray(restoredBackups) ? restoredBackups : [restoredBackups ?? ''];
	const json = readData(data);
	return {
		...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== '')),
		...(json !== undefined && { data: json }),
		restoredBackups: ids.flatMap((one) => String(one).split(/[\s,]+/)).filter((id) => id !== ''),
	};
}

function readData(data: unknown): EventInput['data'] {
	if (data === undefined || data === '') return undefined;
	const json = z.json().safeParse(typeof data === 'string' ? parsed(data) : data);
	if (!json.success) {
		throw new ConfigurationError('The data of the event are not JSON.', {
			hint: 'Write an object, for example {"ticket": "OPS-7"}, or leave the field empty.',
		});
	}
	const isEmpty = typeof json.data === 'object' && Object.keys(json.data ?? {}).length === 0;
	return isEmpty ? undefined : json.data;
}

/** Undefined is no JSON either. */
function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
