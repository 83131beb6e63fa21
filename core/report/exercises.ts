import type { EventRecord } from '../events/event';
import { type Incident, mergeEvents } from '../events/merge';
import { measureRecovery, type Recovery } from '../events/recovery';

/** A drill or incident, measured against the targets; what cannot be told is absent. */
export interface Exercise extends Incident {
	readonly recovery: Recovery;
	/** The start of the impact, or of the recording where that is not known. */
	readonly at: number;
	readonly rtoMet?: boolean;
	readonly rpoMet?: boolean;
}

/**
 * Whether it is a drill of plan §5, with people. A restore test of §2 is recorded as a drill too, with
 * its paragraph; it shows that backups can be restored, and not that anybody knows how. One that was
 * aborted was not held.
 */
export function isPlansDrill({ kind, outcome, planParagraph = '' }: Exercise): boolean {
	return kind === 'drill' && outcome !== 'aborted' && !/^§\s?2(?!\d)/.test(planParagraph);
}

/** Merges records by drill or incident, newest first. Targets are in minutes, 0 for none. */
export function exercisesFrom(
	records: readonly EventRecord[],
	targets: { rtoMinutes: number; rpoMinutes: number },
	now: Date,
): Exercise[] {
	const byIncident = new Map<string, EventRecord[]>();
	for (const record of records) {
		byIncident.set(record.incident, [...(byIncident.get(record.incident) ?? []), record]);
	}
	return [...byIncident.values()]
		.map((all): Exercise => {
			const incident = mergeEvents(all);
			const recovery = measureRecovery(incident, now);
			const { rtaSeconds, rpaSeconds, rpaDoubtful, elapsedSeconds } = recovery;
			const rpo = judged('rpoMet', rpaSeconds, targets.rpoMinutes);
			return {
				...incident,
				recovery,
				at: Date.parse(incident.instants.impactStart ?? incident.firstRecordedAt),
				...judged('rtoMet', rtaSeconds, targets.rtoMinutes),
				// One that still runs cannot have met its target yet, but can have missed it.
				...((elapsedSeconds ?? 0) > targets.rtoMinutes * 60 &&
					targets.rtoMinutes > 0 && { rtoMet: false }),
				// What may hold the damage has not met a target, although nothing seems to be lost.
				...(!(rpo.rpoMet && rpaDoubtful) && rpo),
			};
		})
		.sort((a, b) => b.at - a.at);
}

function judged<Name extends string>(
	name: Name,
	seconds: number | undefined,
	targetMinutes: number,
): { [key in Name]?: boolean } {
	if (seconds === undefined || targetMinutes === 0) return {};
	return { [name]: seconds <= targetMinutes * 60 } as { [key in Name]?: boolean };
}
