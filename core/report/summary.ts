import type { Report } from './build-report';
import type { Exercise } from './exercises';
import type { GroupReport } from './group';
import type { Gap } from './recovery-points';

/** The report as plain JSON: times as ISO text in UTC, durations in minutes. */
export function summaryOf(report: Report) {
	const { window, groups, exercises, targets } = report;
	const judged = groups.filter(({ verdict }) => verdict !== 'no target');
	return {
		...{ verdict: report.verdict, headline: report.headline },
		...{ generatedAt: iso(report.generatedAt), timeZone: report.timeZone },
		...{ windowDays: report.windowDays, from: iso(window.from), to: iso(window.to) },
		...{ rpoTargetMinutes: targets.rpoMinutes, rtoTargetMinutes: targets.rtoMinutes },
		rpoTargets: judged.length,
		rpoMissedNow: judged.filter(({ verdict }) => verdict === 'missed now').length,
		components: groups.map(componentOf),
		exercises: exercises.map(exerciseOf),
		nextSteps: [...report.nextSteps],
		limits: [...report.limits],
		stores: report.stores.map((store) => ({ ...store })),
		warnings: [...report.warnings],
	};
}

function componentOf(group: GroupReport) {
	const { coverage, newestProved, verifiedAt, score, rpoTargetSeconds } = group;
	const { worstGap, worstGapSinceFirst } = coverage;
	return {
		...{ component: group.component, name: group.name, rpo: group.verdict },
		rpoTargetMinutes: rpoTargetSeconds === undefined ? null : minutes(rpoTargetSeconds),
		...{ backups: group.backups, backupsInWindow: group.backupsInWindow },
		unfinished: group.unfinished,
		newestBackupId: group.newestId ?? null,
		newestAt: isoOrNull(coverage.newest),
		ageMinutes: minutesOrNull(coverage.ageSeconds),
		newestVerifiedId: newestProved?.id ?? null,
		newestVerifiedAgeMinutes: minutesOrNull(newestProved?.ageSeconds),
		worstGap: gapOf(worstGap),
		worstGapSinceFirst: worstGapSinceFirst === undefined ? null : gapOf(worstGapSinceFirst),
		firstKnownAt: isoOrNull(coverage.firstKnown),
		withinTargetPercent: percentOrNull(coverage.withinTarget),
		withinTargetSinceFirstPercent: percentOrNull(coverage.withinTargetSinceFirst),
		verifiedAt: Object.fromEntries(
			Object.entries(verifiedAt).map(([level, at]) => [level, iso(at)]),
		),
		...{ newestBytes: group.newestBytes ?? null, totalBytes: group.totalBytes },
		oldestBytesInWindow: group.sizes[0]?.bytes ?? null,
		storedIn: [...group.newestStoredIn],
		score: Object.fromEntries(Object.entries(score).map(([rule, found]) => [rule, { ...found }])),
	};
}

function exerciseOf({ recovery, ...exercise }: Exercise) {
	return {
		...{ id: exercise.incident, kind: exercise.kind, title: exercise.title ?? null },
		...{ planParagraph: exercise.planParagraph ?? null, outcome: exercise.outcome ?? null },
		...{ began: iso(exercise.at), running: recovery.running, records: exercise.records },
		instants: { ...exercise.instants },
		restoredBackups: exercise.restoredBackups.map(({ id }) => id),
		rtaMinutes: minutesOrNull(recovery.rtaSeconds),
		rtaFromDeclaredMinutes: minutesOrNull(recovery.rtaFromDeclaredSeconds),
		restoreMinutes: minutesOrNull(recovery.restoreSeconds),
		rtoMet: exercise.rtoMet ?? null,
		rpaMinutes: minutesOrNull(recovery.rpaSeconds),
		rpoMet: exercise.rpoMet ?? null,
		notes: [...recovery.notes, ...exercise.conflicts],
	};
}

function gapOf({ seconds, from, to, open }: Gap) {
	return { minutes: minutes(seconds), from: isoOrNull(from), to: iso(to), open };
}

function iso(at: number): string {
	return new Date(at).toISOString();
}

function isoOrNull(at: number | undefined): string | null {
	return at === undefined ? null : iso(at);
}

/** With one decimal. */
function minutes(seconds: number): number {
	return Math.round(seconds / 6) / 10;
}

function minutesOrNull(seconds: number | undefined): number | null {
	return seconds === undefined ? null : minutes(seconds);
}

/** Rounded towards zero, so that 100 stands for all of the time. */
function percentOrNull(share: number | undefined): number | null {
	return share === undefined ? null : Math.floor(share * 1000) / 10;
}
