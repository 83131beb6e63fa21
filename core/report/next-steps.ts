import type { Findings } from './build-report';
import { type Exercise, isPlansDrill } from './exercises';
import type { GroupReport } from './group';
import { titleOf } from './headline';
import { counted, humanDateTime, humanDuration } from './words';

const DAY_S = 86_400;

/** By the plan a database is restored for a test every month, a cache every quarter. */
const RESTORE_TEST_DAYS: Readonly<Record<string, number>> = { postgres: 31, redis: 92 };

/** By the plan there is a drill every quarter. */
const DRILL_DAYS = 92;

/** What a person should do, most urgent first, as sentences. */
export function nextSteps(found: Findings, timeZone: string): string[] {
	const { groups, exercises, unavailable, eventProblems, window } = found;
	const now = window.to;
	return [
		...(groups.length === 0 ? ['Make a first backup, and verify it.'] : []),
		...unavailable.map(
			({ store, reason }) => `Find out why ${store} could not be asked: ${reason}`,
		),
		...groups.flatMap((group) => aboutAge(group, timeZone)),
		...exercises.filter(({ recovery }) => recovery.running).map(aboutRunning),
		...groups.flatMap((group) => aboutProof(group, now)),
		...groups.flatMap(aboutCopies),
		...exercises.filter((one, index) => index === 0 || one.at >= window.from).flatMap(aboutMissed),
		...exercises.flatMap(({ incident, conflicts }) =>
			conflicts.map((conflict) => `Clear up the records of ${incident}: ${conflict}`),
		),
		...aboutDrills(exercises, now),
		...eventProblems,
	];
}

function aboutAge(group: GroupReport, timeZone: string): string[] {
	const { verdict, coverage, rpoTargetSeconds = 0 } = group;
	const title = titleOf(group);
	if (group.backups + group.unfinished === 0) {
		return verdict === 'unknown'
			? []
			: [
					`Make a first backup of ${title}: it has a target, and the repository holds no backup of it.`,
				];
	}
	if (group.backups === 0) {
		return [
			`Find out why no backup of ${title} was finished: there ${group.unfinished === 1 ? 'is' : 'are'} only ${counted(group.unfinished, 'unfinished one')}.`,
		];
	}
	const target = humanDuration(rpoTargetSeconds);
	if (verdict === 'missed now') {
		const age = humanDuration(coverage.ageSeconds ?? 0);
		return [
			`Back up ${title} now, and see why its schedule does not: the newest backup is ${age} old, the target is ${target}.`,
		];
	}
	const gap = coverage.worstGapSinceFirst;
	if (verdict !== 'missed at times' || gap?.from === undefined) return [];
	return [
		`See what kept ${title} from being backed up for ${humanDuration(gap.seconds)} until ${humanDateTime(gap.to, timeZone)}; the target is ${target}.`,
	];
}

function aboutRunning({ kind, incident, recovery }: Exercise): string {
	const { elapsedSeconds } = recovery;
	const since = elapsedSeconds === undefined ? '' : `, ${humanDuration(elapsedSeconds)} so far`;
	return `The ${kind} ${incident} is still open${since}: record when the service was healthy again, or its outcome.`;
}

function aboutProof(group: GroupReport, now: number): string[] {
	const { component, score, verifiedAt, backups } = group;
	const title = titleOf(group);
	if (backups === 0) return [];
	const steps =
		score.proved.kept === 'yes' ? [] : [`Verify ${title}: ${lower(score.proved.reason)}`];
	const limit = RESTORE_TEST_DAYS[component];
	if (limit === undefined) return steps;
	const { restored } = verifiedAt;
	if (restored === undefined) {
		return [...steps, `Run a restore test of ${title}: none is recorded beside its backups.`];
	}
	const age = (now - restored) / 1000;
	if (age <= limit * DAY_S) return steps;
	return [...steps, `Run a restore test of ${title}: the last one was ${humanDuration(age)} ago.`];
}

function aboutCopies(group: GroupReport): string[] {
	if (group.backups === 0) return [];
	const { copies, offSite, immutable } = group.score;
	const open = [copies, offSite, immutable].filter(({ kept }) => kept === 'no');
	if (open.length === 0) return [];
	const reasons = open.map(({ reason }) => reason).join(' ');
	return [`Keep ${titleOf(group)} in a safer way (3-2-1-1-0): ${lower(reasons)}`];
}

function aboutMissed({ kind, incident, rtoMet, rpoMet, recovery }: Exercise): string[] {
	const { rtaSeconds, rpaSeconds } = recovery;
	return [
		...(rtoMet === false && rtaSeconds !== undefined
			? [`Make the restore faster: the ${kind} ${incident} took ${humanDuration(rtaSeconds)}.`]
			: []),
		...(rpoMet === false && rpaSeconds !== undefined
			? [
					`Back up more often: in the ${kind} ${incident} the work of ${humanDuration(rpaSeconds)} was lost.`,
				]
			: []),
	];
}

function aboutDrills(exercises: readonly Exercise[], now: number): string[] {
	const newest = exercises.find(isPlansDrill);
	if (!newest) return ['Hold a drill and record it: none is recorded (plan §5: every quarter).'];
	const age = (now - newest.at) / 1000;
	if (age <= DRILL_DAYS * DAY_S) return [];
	return [`Hold a drill: the last one was ${humanDuration(age)} ago (plan §5: every quarter).`];
}

function lower(sentence: string): string {
	// Names of products keep their capital.
	return /^[A-Z][a-z]/.test(sentence)
		? sentence.charAt(0).toLowerCase() + sentence.slice(1)
		: sentence;
}
