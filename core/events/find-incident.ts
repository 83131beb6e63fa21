import { IntegrityError } from '../errors';
import { type CatalogueEntry, listBackups } from '../repository/catalogue';
import { EVENT_COMPONENT } from '../repository/keys';
import { backupNameFor } from '../repository/naming';
import type { Repository } from '../repository/repository';
import { groupByName } from '../repository/select-backups';
import { type Incident, mergeEvents } from './merge';
import { readEvents } from './read-events';
import { measureRecovery, type Recovery } from './recovery';
import { type TimelineEntry, timelineOf } from './timeline';

/** An incident has some records; of more than so many the oldest ones are not read, with a warning. */
const MOST_RECORDS = 500;

/** As many are read in search of one that still runs; an incident from before them is history. */
const MOST_SEARCHED = 10;

/** Everything that the repository tells of one drill or incident. */
export interface History {
	readonly incident: Incident;
	readonly recovery: Recovery;
	readonly timeline: readonly TimelineEntry[];
}

export interface FoundIncident {
	/** Absent where there is no record of it. */
	readonly history?: History;
	/** Sentences about stores that could not be asked and records that could not be read. */
	readonly warnings: readonly string[];
}

/**
 * Reads the history of one drill or incident: one listing pass, then its own records alone. Without
 * an id it is the newest one that still runs, among the last ten that were recorded; where none does,
 * the newest one.
 *
 * Rejects with `StoreError` where no store can be listed, with `IntegrityError` where none of the
 * records of one that is asked for, or comes first, can be read, and with `CancelledError`.
 */
export async function findIncident(
	repository: Repository,
	id: string,
	{ now = new Date(), signal }: { now?: Date; signal?: AbortSignal } = {},
): Promise<FoundIncident> {
	const given = id.trim();
	const filter = {
		component: EVENT_COMPONENT,
		...(given !== '' && { name: backupNameFor(given) }),
	};
	const { backups, unavailable } = await listBackups(repository, filter, signal);
	const warnings = unavailable.map(({ store, reason }) => `${store} could not be asked: ${reason}`);
	const committed = groupByName(backups.filter((entry) => entry.committed));
	let newest: FoundIncident = { warnings };
	for (const records of [...committed.values()].slice(0, MOST_SEARCHED)) {
		const { problems, ...history } = await readHistory(repository, records, now, signal);
		const found = { history, warnings: [...warnings, ...problems] };
		if (history.recovery.running) return found;
		if (newest.history === undefined) newest = found;
	}
	return newest;
}

async function readHistory(
	repository: Repository,
	backups: readonly CatalogueEntry[],
	now: Date,
	signal: AbortSignal | undefined,
): Promise<History & { problems: string[] }> {
	const { records, problems, notRead } = await readEvents(
		repository,
		backups,
		MOST_RECORDS,
		signal,
	);
	if (records.length === 0) {
		const name = backups[0]?.name ?? '';
		throw new IntegrityError(
			`${name} is recorded, but nothing of it could be read. ${problems[0] ?? ''}`.trim(),
			{ hint: 'Check the key of the repository, or give the ID of another drill or incident.' },
		);
	}
	const incident = mergeEvents(records);
	return {
		incident,
		recovery: measureRecovery(incident, now),
		timeline: timelineOf(records),
		problems: [
			...problems,
			...(notRead > 0 ? [`The ${notRead} oldest records of it were not read.`] : []),
		],
	};
}
