/** The clock of another machine may be ahead by so much; beyond it the time of a backup is wrong. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** Whether a time can only come from a clock that is wrong. */
export function isAhead({ consistencyPoint }: { consistencyPoint: Date }, now: number): boolean {
	return consistencyPoint.getTime() > now + CLOCK_TOLERANCE_MS;
}

/**
 * The backups whose time can be right: one from a clock that was ahead would be the newest for years.
 * All of them where there is no other, as then it may be the clock of this machine that is wrong.
 */
export function withoutAhead<Backup extends { consistencyPoint: Date }>(
	backups: readonly Backup[],
	now = Date.now(),
): readonly Backup[] {
	const past = backups.filter((backup) => !isAhead(backup, now));
	return past.length > 0 ? past : backups;
}
