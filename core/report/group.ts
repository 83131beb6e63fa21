import type { CatalogueEntry } from '../repository/catalogue';
import { CLOCK_TOLERANCE_MS, isAhead } from '../repository/clock-skew';
import type { VerificationLevel } from '../repository/verification';
import { type Coverage, measureCoverage, type Window } from './recovery-points';
import { type Score, scoreOf, type StoresSeen } from './score';
import { rpoTargetFor, type Targets } from './targets';

/** How one name stands against its recovery point target. */
export type RpoVerdict =
	/** The newest backup is young enough, and so it was during the whole window. */
	| 'met'
	/** The same since the first known backup, before which nothing is known. */
	| 'met since the first backup'
	/** Young enough now, but there was a gap in the window. */
	| 'missed at times'
	/** The newest backup is too old now, or there is none. */
	| 'missed now'
	/** As far as one can see it is missed, but not every store could be asked. */
	| 'unknown'
	| 'no target';

/** A size at a time, for a picture. */
export interface SizePoint {
	readonly at: number;
	readonly bytes: number;
}

/** All backups of one name; none where only a target tells that there should be some. */
export interface Group {
	readonly component: string;
	/** Empty where a target is for a component that has no backup of any name. */
	readonly name: string;
	/** Newest first. */
	readonly entries: readonly CatalogueEntry[];
}

/** Everything that is reported about the backups of one name. */
export interface GroupReport {
	readonly component: string;
	/** @see Group */
	readonly name: string;
	/** Committed ones, in all stores together. */
	readonly backups: number;
	readonly backupsInWindow: number;
	/** Payloads or manifests without the other: a run that broke off, or one that is under way. */
	readonly unfinished: number;
	readonly rpoTargetSeconds?: number;
	readonly coverage: Coverage;
	readonly verdict: RpoVerdict;
	readonly newestId?: string;
	readonly newestStoredIn: readonly string[];
	/** The newest backup that was at least read to its end. */
	readonly newestProved?: { readonly id: string; readonly at: number; readonly ageSeconds: number };
	/** When a backup of this name last passed each level, whichever backup it was. */
	readonly verifiedAt: Partial<Record<VerificationLevel, number>>;
	readonly newestBytes?: number;
	/** Of all committed backups, one copy each. */
	readonly totalBytes: number;
	/** Oldest first, within the window. */
	readonly sizes: readonly SizePoint[];
	/** Consistency points, also of before the window. */
	readonly points: readonly number[];
	/** Committed backups whose time lies in the future. */
	readonly fromTheFuture: number;
	readonly score: Score;
}

/** Levels that say that the content can be had back. */
const PROOFS: readonly VerificationLevel[] = ['readable', 'restored', 'smoke'];

/** Reports on the backups of one name. */
export function reportOnGroup(
	{ component, name, entries }: Group,
	{ window, targets, seen }: { window: Window; targets: Targets; seen: StoresSeen },
): GroupReport {
	const all = entries.filter(({ committed }) => committed);
	const usable = all.filter((entry) => !isAhead(entry, window.to));
	const pointOf = (entry: CatalogueEntry) => Math.min(entry.consistencyPoint.getTime(), window.to);
	const points = usable.map(pointOf);
	const rpoTargetSeconds = rpoTargetFor(targets, { component, name });
	const coverage = measureCoverage(points, window, rpoTargetSeconds);
	const [newest] = usable;
	const proved = usable.find(({ verifications }) =>
		verifications.some(({ level }) => PROOFS.includes(level)),
	);
	const inWindow = usable.filter((entry) => pointOf(entry) >= window.from);
	return {
		...{ component, name, backups: all.length, backupsInWindow: inWindow.length },
		unfinished: entries.length - all.length,
		...(rpoTargetSeconds !== undefined && { rpoTargetSeconds }),
		coverage,
		verdict: verdictOf(coverage, rpoTargetSeconds, seen.unavailable.length > 0),
		...(newest && { newestId: newest.id, newestBytes: newest.storedBytes }),
		newestStoredIn: newest?.storedIn ?? [],
		...(proved && {
			newestProved: {
				...{ id: proved.id, at: pointOf(proved) },
				ageSeconds: (window.to - pointOf(proved)) / 1000,
			},
		}),
		verifiedAt: newestVerifications(usable, window.to),
		totalBytes: all.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
		sizes: inWindow.map((entry) => ({ at: pointOf(entry), bytes: entry.storedBytes })).reverse(),
		points,
		fromTheFuture: all.length - usable.length,
		score: scoreOf(newest, seen, new Date(window.to)),
	};
}

function verdictOf(
	{ ageSeconds, worstGap, worstGapSinceFirst }: Coverage,
	target: number | undefined,
	isPartial: boolean,
): RpoVerdict {
	if (target === undefined) return 'no target';
	if (worstGap.seconds <= target && worstGap.from !== undefined) return 'met';
	const isMetSince = worstGapSinceFirst !== undefined && worstGapSinceFirst.seconds <= target;
	if (isMetSince) return 'met since the first backup';
	// A store that did not answer may hold what seems to be missing.
	if (isPartial) return 'unknown';
	return ageSeconds !== undefined && ageSeconds <= target ? 'missed at times' : 'missed now';
}

function newestVerifications(
	entries: readonly CatalogueEntry[],
	now: number,
): GroupReport['verifiedAt'] {
	const newest: GroupReport['verifiedAt'] = {};
	for (const { verifications } of entries) {
		for (const { level, at } of verifications) {
			// One from the future would put off the next restore test until then.
			if (at.getTime() > now + CLOCK_TOLERANCE_MS) continue;
			newest[level] = Math.max(newest[level] ?? 0, Math.min(at.getTime(), now));
		}
	}
	return newest;
}
