import type { EventRecord, Outcome } from './event';
import { capitalised, INSTANT_TITLES, type InstantName, INSTANTS } from './instants';
import { mergeEvents } from './merge';

/** Something that happened, or that somebody told, in a drill or incident. */
export interface TimelineEntry {
	/** When; of a note or an outcome, when it was recorded. */
	readonly at: string;
	readonly what: string;
	/** Set where it is one of the instants t0 … t6. */
	readonly instant?: InstantName;
	/** Set where a record says how it ended. */
	readonly outcome?: Outcome;
	readonly who?: string;
	readonly planParagraph?: string;
}

/** The history that records of one drill or incident tell, oldest first; at least one record. */
export function timelineOf(records: readonly EventRecord[]): TimelineEntry[] {
	const { instants } = mergeEvents(records);
	const happened = INSTANTS.flatMap((name): TimelineEntry[] => {
		const at = instants[name];
		return at === undefined
			? []
			: [{ at, what: `${capitalised(INSTANT_TITLES[name])}.`, instant: name }];
	});
	return [...happened, ...records.flatMap(toldBy)].sort(
		(a, b) => Date.parse(a.at) - Date.parse(b.at) || rank(a) - rank(b),
	);
}

function toldBy({ recordedAt: at, notes, outcome, ...record }: EventRecord): TimelineEntry[] {
	const { who, planParagraph } = record;
	const by = { ...(who !== undefined && { who }), ...(planParagraph && { planParagraph }) };
	return [
		...(notes === undefined ? [] : [{ at, what: notes, ...by }]),
		...(outcome === undefined ? [] : [{ at, what: `Outcome: ${outcome}.`, outcome, ...by }]),
	];
}

/** Of what bears the same time: what happened comes before what was said of it, and the end last. */
function rank({ instant, outcome }: TimelineEntry): number {
	if (instant !== undefined) return INSTANTS.indexOf(instant);
	return outcome === undefined ? INSTANTS.length : INSTANTS.length + 1;
}
