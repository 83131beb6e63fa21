import type { EventKind, EventRecord, Outcome, RestoredBackup } from './event';
import {
	findDisorder,
	INSTANT_TITLES,
	type InstantName,
	INSTANTS,
	type Instants,
} from './instants';

/** A drill or incident, as all its records together tell it. */
export interface Incident {
	readonly kind: EventKind;
	readonly incident: string;
	readonly title?: string;
	readonly planParagraph?: string;
	readonly scenario?: string;
	/** The first word about an instant stands. */
	readonly instants: Instants;
	readonly restoredBackups: readonly RestoredBackup[];
	/** The latest one. */
	readonly outcome?: Outcome;
	readonly who: readonly string[];
	readonly notes: readonly string[];
	/** What the records carried besides, oldest first. */
	readonly data: readonly NonNullable<EventRecord['data']>[];
	readonly records: number;
	readonly firstRecordedAt: string;
	readonly lastRecordedAt: string;
	/** Sentences about records that contradict each other. */
	readonly conflicts: readonly string[];
}

/** Merges the records of one drill or incident, in whatever order they come; at least one. */
export function mergeEvents(records: readonly EventRecord[]): Incident {
	const [first, ...later] = [...records].sort(oldestFirst);
	if (first === undefined) throw new Error('There is no record to merge.');
	const all = [first, ...later];
	const last = all[all.length - 1] ?? first;
	const { instants, conflicts } = mergeInstants(all);
	const latest = <Key extends keyof EventRecord>(key: Key): EventRecord[Key] =>
		all.findLast((record) => record[key] !== undefined)?.[key] as EventRecord[Key];
	const otherKind = all.find(({ kind }) => kind !== first.kind);
	return {
		...{ kind: first.kind, incident: first.incident },
		...{ title: latest('title'), planParagraph: latest('planParagraph') },
		...{ scenario: latest('scenario'), outcome: latest('outcome') },
		instants,
		restoredBackups: [
			...new Map(
				all.flatMap(({ restoredBackups }) => restoredBackups).map((one) => [one.id, one]),
			).values(),
		],
		who: [...new Set(all.flatMap(({ who }) => who ?? []))],
		notes: all.flatMap(({ notes }) => notes ?? []),
		data: all.flatMap(({ data }) => (data === undefined || data === null ? [] : [data])),
		records: all.length,
		firstRecordedAt: first.recordedAt,
		lastRecordedAt: last.recordedAt,
		conflicts: [
			...(otherKind === undefined
				? []
				: [`It is recorded as ${first.kind} and, later, as ${otherKind.kind}.`]),
			...conflicts,
			...findDisorder(instants),
		],
	};
}

function mergeInstants(records: readonly EventRecord[]) {
	const instants: Instants = {};
	const conflicts = new Set<string>();
	for (const { instants: told } of records) {
		for (const name of INSTANTS) {
			const at = told[name];
			const known = instants[name];
			if (at === undefined) continue;
			instants[name] ??= at;
			if (known !== undefined && known !== at && !isAnotherRestore(name, known, at)) {
				conflicts.add(
					`A later record gives ${at} for ${INSTANT_TITLES[name]}; the first one, ${known}, stands.`,
				);
			}
		}
	}
	return { instants, conflicts };
}

/** Each restore tells when it began; the instant is about the first of them. */
function isAnotherRestore(name: InstantName, first: string, later: string): boolean {
	return name === 'restoreStarted' && Date.parse(later) > Date.parse(first);
}

function oldestFirst(a: EventRecord, b: EventRecord): number {
	if (a.recordedAt !== b.recordedAt) return a.recordedAt < b.recordedAt ? -1 : 1;
	// Two runs at once: any order will do that is the same each time.
	return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
