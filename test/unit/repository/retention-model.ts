import type { KeepRules, RetentionCandidate } from '../../../core/repository/retention';

/** Reads a date as people write it in that zone, so that nothing of the code under test is used. */
function written(at: Date, timeZone: string) {
	const text = new Intl.DateTimeFormat('sv-SE', {
		...{ timeZone, dateStyle: 'short', timeStyle: 'medium' },
	}).format(at);
	const zone = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
	const [date = '', time = ''] = text.split(' ');
	return { date, hour: time.slice(0, 2), offset: zone.format(at).split(', ')[1] };
}

/** `2026-W47`, by the textbook: the week belongs to the year of its Thursday. */
function isoWeek(date: string): string {
	const day = new Date(`${date}T12:00:00Z`);
	while (day.getUTCDay() !== 4)
		day.setUTCDate(day.getUTCDate() + (day.getUTCDay() === 0 ? -1 : day.getUTCDay() < 4 ? 1 : -1));
	const year = day.getUTCFullYear();
	let week = 1;
	for (const one = new Date(day); one.getUTCFullYear() === year; week++) {
		one.setUTCDate(one.getUTCDate() - 7);
	}
	return `${year}-W${week - 1}`;
}

const UNITS: Record<
	Exclude<keyof KeepRules, 'keepWithinDays'>,
	(at: Date, zone: string) => string
> = {
	keepLast: (at) => at.toISOString(),
	keepHourly: (at, zone) => Object.values(written(at, zone)).join(),
	keepDaily: (at, zone) => written(at, zone).date,
	keepWeekly: (at, zone) => isoWeek(written(at, zone).date),
	keepMonthly: (at, zone) => written(at, zone).date.slice(0, 7),
	keepYearly: (at, zone) => written(at, zone).date.slice(0, 4),
};

/** The ids that stay, worked out one rule after the other by sets of backups. */
export function modelOf(
	backups: readonly RetentionCandidate[],
	rules: KeepRules,
	timeZone: string,
	now: Date,
): Set<string> {
	const stays = new Set(
		backups.filter((backup) => backup.consistencyPoint > now).map(({ id }) => id),
	);
	const past = backups
		.filter((backup) => backup.consistencyPoint <= now)
		.sort((a, b) => b.consistencyPoint.getTime() - a.consistencyPoint.getTime());
	const newest = past[0];
	if (newest === undefined) return stays;

	for (const [rule, unitOf] of Object.entries(UNITS)) {
		const wanted = rules[rule as keyof KeepRules] ?? 0;
		const newestOf = new Map<string, string>();
		for (const { id, consistencyPoint } of [...past].reverse()) {
			const unit = unitOf(consistencyPoint, timeZone);
			// Set anew, so that the units are in the order of their newest backup.
			newestOf.delete(unit);
			newestOf.set(unit, id);
		}
		const representatives = [...newestOf.values()].reverse();
		for (const id of representatives.slice(0, wanted)) stays.add(id);
		if (representatives.length < wanted) stays.add(past[past.length - 1]?.id ?? '');
	}

	const days = rules.keepWithinDays ?? 0;
	for (const { id, consistencyPoint } of past) {
		const apart = newest.consistencyPoint.getTime() - consistencyPoint.getTime();
		if (days > 0 && apart <= days * 24 * 3600 * 1000) stays.add(id);
	}

	stays.add(newest.id);
	for (const store of [undefined, 'A', 'B']) {
		const here = past.filter(({ storedIn }) => store === undefined || storedIn.includes(store));
		const proved = past.filter(({ provedIn }) =>
			store === undefined ? provedIn.length > 0 : provedIn.includes(store),
		);
		for (const list of [here, proved]) if (list[0]) stays.add(list[0].id);
	}
	return stays;
}
