import { EVENT_COMPONENT } from '../repository/keys';
import { readEvents } from '../events/read-events';
import { calendarOf } from '../repository/calendar';
import { type CatalogueEntry, listBackups } from '../repository/catalogue';
import { ConfigurationError } from '../errors';
import type { Repository } from '../repository/repository';
import { groupByName } from '../repository/select-backups';
import { type Exercise, exercisesFrom } from './exercises';
import { type Group, type GroupReport, reportOnGroup, type RpoVerdict } from './group';
import { headline, type Headline } from './headline';
import { nextSteps } from './next-steps';
import type { Window } from './recovery-points';
import { assertTargets, type Targets } from './targets';
import { counted } from './words';

const DAY_MS = 86_400_000;
const LONGEST_WINDOW_DAYS = 3660;

/** Each costs two or three requests; a drill a quarter and an incident a month fill years. */
const MOST_EVENT_RECORDS = 500;

const URGENCY: readonly RpoVerdict[] = [
	...(['missed now', 'unknown', 'missed at times'] as const),
	...(['met since the first backup', 'met', 'no target'] as const),
];

export interface ReportRequest {
	windowDays: number;
	targets: Targets;
	/** IANA name, for the times that people read. */
	timeZone: string;
	/** The end of the window; the tests set it. */
	now?: Date;
}

/** How well the repository protects what it keeps; numbers are as in `GroupReport`. */
export interface Report extends Headline {
	readonly generatedAt: number;
	readonly window: Window;
	readonly windowDays: number;
	readonly timeZone: string;
	readonly targets: Targets;
	readonly stores: readonly { readonly label: string; readonly unavailable?: string }[];
	/** What needs a look first; then by component and name. */
	readonly groups: readonly GroupReport[];
	/** Newest first, also of before the window. */
	readonly exercises: readonly Exercise[];
	/** What is missing, most urgent first, as sentences. */
	readonly nextSteps: readonly string[];
	/** What the figures do not cover, as sentences. */
	readonly limits: readonly string[];
	/** What went wrong while the report was made, as sentences. */
	readonly warnings: readonly string[];
}

/**
 * Reports on a repository: one listing pass over each store, and the records of drills and incidents.
 * Rejects with `ConfigurationError`, with `StoreError` where no store can be listed, and with
 * `CancelledError`.
 */
export async function buildReport(
	repository: Repository,
	{ windowDays, targets, timeZone, now = new Date() }: ReportRequest,
	signal?: AbortSignal,
): Promise<Report> {
	assertWindow(windowDays);
	assertTargets(targets);
	calendarOf(timeZone);
	const { backups, unavailable } = await listBackups(repository, {}, signal);
	const events = await readEvents(repository, backups, MOST_EVENT_RECORDS, signal);
	const window = { from: now.getTime() - windowDays * DAY_MS, to: now.getTime() };
	const seen = { stores: repository.stores, unavailable: unavailable.map(({ store }) => store) };
	const groups = groupsIn(backups, targets)
		.map((group) => reportOnGroup(group, { window, targets, seen }))
		.sort((a, b) => URGENCY.indexOf(a.verdict) - URGENCY.indexOf(b.verdict));
	const exercises = exercisesFrom(events.records, targets, now);
	const found = { groups, exercises, unavailable, eventProblems: events.problems, window };
	return {
		...{ generatedAt: now.getTime(), window, windowDays, timeZone, targets },
		stores: repository.stores.map(({ label }) => {
			const failed = unavailable.find(({ store }) => store === label);
			return { label, ...(failed && { unavailable: failed.reason }) };
		}),
		...{ groups, exercises },
		...headline(found, windowDays),
		nextSteps: nextSteps(found, timeZone),
		limits: limitsOf(groups, events.notRead),
		warnings: [
			...unavailable.map(({ store, reason }) => `${store} could not be asked: ${reason}`),
			...events.problems,
		],
	};
}

/** What is judged by the headline and the next steps. */
export interface Findings {
	readonly groups: readonly GroupReport[];
	readonly exercises: readonly Exercise[];
	readonly unavailable: readonly { store: string; reason: string }[];
	readonly eventProblems: readonly string[];
	readonly window: Window;
}

function assertWindow(days: number): void {
	if (Number.isFinite(days) && days > 0 && days <= LONGEST_WINDOW_DAYS) return;
	throw new ConfigurationError(`A report cannot cover ${days} days.`, {
		hint: `Give a number of days from 1 to ${LONGEST_WINDOW_DAYS}.`,
	});
}

/** What has backups, and what should have some because it has a target of its own. */
function groupsIn(backups: readonly CatalogueEntry[], { rpo }: Targets): Group[] {
	const kept = backups.filter(({ component }) => component !== EVENT_COMPONENT);
	const groups = new Map(
		[...groupByName(kept)].flatMap(([path, entries]): [string, Group][] => {
			const [first] = entries;
			return first ? [[path, { component: first.component, name: first.name, entries }]] : [];
		}),
	);
	for (const { component, name = '', minutes } of rpo) {
		const isThere = [...groups.values()].some(
			(group) => group.component === component && (name === '' || group.name === name),
		);
		if (minutes === 0 || isThere || component === EVENT_COMPONENT) continue;
		groups.set(`${component}/${name}`, { component, name, entries: [] });
	}
	return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function limitsOf(groups: readonly GroupReport[], notRead: number): string[] {
	const future = groups.reduce((sum, { fromTheFuture }) => sum + fromTheFuture, 0);
	return [
		'Gaps are counted between the backups that the repository still holds: where older ones were removed, a gap is as long as what is left of them.',
		'What the backups contain was not read for this report: it relies on the verifications that were recorded.',
		...(notRead > 0
			? [`The ${notRead} oldest records of drills and incidents were not read.`]
			: []),
		...(future > 0
			? [
					`${counted(future, 'backup carries', 'backups carry')} a time in the future and did not count: check the clocks.`,
				]
			: []),
	];
}
