import { ConfigurationError } from '../errors';
import { type CalendarUnits, calendarOf } from './calendar';

const DAY_MS = 86_400_000;

/** The rules that count, in the order in which they are named as reasons. */
const COUNTS = {
	keepLast: 'last',
	keepHourly: 'hourly',
	keepDaily: 'daily',
	keepWeekly: 'weekly',
	keepMonthly: 'monthly',
	keepYearly: 'yearly',
} as const;

type CountRule = keyof typeof COUNTS;

const UNIT: Record<Exclude<CountRule, 'keepLast'>, keyof CalendarUnits> = {
	keepHourly: 'hour',
	keepDaily: 'day',
	keepWeekly: 'week',
	keepMonthly: 'month',
	keepYearly: 'year',
};

/**
 * How many backups to keep of a name, in the words of restic. A backup stays when one of the rules
 * wants it. `keepDaily: 7` keeps the newest backup of each of the last seven days that have one.
 */
export type KeepRules = Partial<Record<CountRule, number>> & {
	/** Keeps all that are not older than the newest by more than this many days of 24 hours. */
	keepWithinDays?: number;
};

/** What has to be known of a committed backup. */
export interface RetentionCandidate {
	readonly id: string;
	readonly consistencyPoint: Date;
	/** Labels of the stores with a committed copy, and of those with a proof of it beside it. */
	readonly storedIn: readonly string[];
	readonly provedIn: readonly string[];
}

/** One backup and why it is kept; without a reason it may go. */
export interface RetentionDecision<Backup> {
	readonly backup: Backup;
	readonly reasons: readonly string[];
}

export interface RetentionOptions {
	/** IANA name of the zone in which days begin. */
	timeZone: string;
	/** Backups of a later time are set aside, see `decideRetention`. */
	now: Date;
}

/**
 * Rejects with `ConfigurationError` rules that are no whole numbers of 0 or more, and such as keep
 * nothing at all.
 */
export function assertKeepRules(rules: KeepRules): void {
	const counts = Object.keys(COUNTS).map((rule) => rules[rule as CountRule] ?? 0);
	const days = rules.keepWithinDays ?? 0;
	if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
		throw new ConfigurationError('A keep rule is not a whole number of 0 or more.', {
			hint: 'Say how many backups each rule keeps. 0 turns a rule off.',
		});
	}
	if (!Number.isFinite(days) || days < 0) {
		throw new ConfigurationError('The days of the keep rule are not a number of 0 or more.', {
			hint: 'Say for how many days all backups are kept. 0 turns the rule off.',
		});
	}
	if (days > 0 || counts.some((count) => count > 0)) return;
	throw new ConfigurationError('There is no keep rule, so that every backup would have to go.', {
		hint: 'Set at least one rule, for example Keep Daily 14. Nothing was removed.',
	});
}

/**
 * Decides what is kept of the committed backups of one component and name; the result is newest
 * first. Rules are added up: a backup stays when one of them wants it. Where a rule finds less than
 * it may keep, the oldest backup stays for it.
 *
 * Whatever the rules say, three backups stay, in all stores together and in each of them: the newest,
 * the newest that was proved, and so the last. A backup of the future comes from a clock that is
 * wrong: it stays, and takes no place from the others. Throws as `assertKeepRules` does.
 */
export function decideRetention<Backup extends RetentionCandidate>(
	backups: readonly Backup[],
	rules: KeepRules,
	{ timeZone, now }: RetentionOptions,
): RetentionDecision<Backup>[] {
	assertKeepRules(rules);
	const sorted = [...backups].sort(newestFirst);
	const isAhead = ({ consistencyPoint }: Backup) => consistencyPoint > now;
	const past = sorted.filter((backup) => !isAhead(backup));
	const reasons = new Map<Backup, string[]>(
		sorted.map((backup) => [backup, isAhead(backup) ? ['in the future'] : []]),
	);
	const calendar = calendarOf(timeZone);
	const units = past.map(({ consistencyPoint }) => calendar(consistencyPoint));
	const keep = (backup: Backup | undefined, reason: string) => {
		if (backup !== undefined) reasons.get(backup)?.push(reason);
	};
	for (const [rule, word] of Object.entries(COUNTS) as [CountRule, string][]) {
		const unitOf = (index: number) =>
			rule === 'keepLast' ? `${index}` : (units[index]?.[UNIT[rule]] ?? '');
		const { kept, oldest } = choose(past.length, rules[rule] ?? 0, unitOf);
		for (const index of kept) keep(past[index], word);
		if (oldest) keep(past.at(-1), `${word} (oldest)`);
	}
	const days = rules.keepWithinDays ?? 0;
	for (const backup of within(past, days)) keep(backup, `within ${days} days`);
	for (const [backup, reason] of guarded(past)) keep(backup, reason);
	return sorted.map((backup) => ({ backup, reasons: reasons.get(backup) ?? [] }));
}

/** The newest of each unit until `count` is reached; and whether the oldest has to fill the rest. */
function choose(length: number, count: number, unitOf: (index: number) => string) {
	const seen = new Set<string>();
	const kept: number[] = [];
	for (let index = 0; index < length && kept.length < count; index++) {
		const unit = unitOf(index);
		if (!seen.has(unit)) kept.push(index);
		seen.add(unit);
	}
	const oldest = length > 0 && kept.length < count && kept.at(-1) !== length - 1;
	return { kept, oldest };
}

function within<Backup extends RetentionCandidate>(past: readonly Backup[], days: number) {
	const [newest] = past;
	if (newest === undefined || days === 0) return [];
	const since = newest.consistencyPoint.getTime() - days * DAY_MS;
	return past.filter(({ consistencyPoint }) => consistencyPoint.getTime() >= since);
}

/** What no rule can remove. What holds for all stores is not said again for each. */
function guarded<Backup extends RetentionCandidate>(past: readonly Backup[]): [Backup, string][] {
	const [newest] = past;
	const verified = past.find(({ provedIn }) => provedIn.length > 0);
	const found: [Backup | undefined, string][] = [
		[newest, 'newest'],
		[verified, 'newest verified'],
	];
	for (const store of new Set(past.flatMap(({ storedIn }) => storedIn))) {
		const stored = past.find(({ storedIn }) => storedIn.includes(store));
		const proved = past.find(({ provedIn }) => provedIn.includes(store));
		if (stored !== newest) found.push([stored, `newest in ${store}`]);
		if (proved !== verified) found.push([proved, `newest verified in ${store}`]);
	}
	return found.filter((pair): pair is [Backup, string] => pair[0] !== undefined);
}

function newestFirst(a: RetentionCandidate, b: RetentionCandidate): number {
	return +b.consistencyPoint - +a.consistencyPoint || (a.id < b.id ? -1 : 1);
}
