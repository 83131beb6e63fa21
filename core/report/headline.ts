import type { Findings } from './build-report';
import type { GroupReport, RpoVerdict } from './group';
import { counted } from './words';

/** The whole report in a word and a sentence. */
export interface Headline {
	/**
	 * `met`: all targets, now and in the whole window. `attention`: all now, but not always, or something
	 * is not proved. `missed`: a target is missed now. `unknown`: it cannot be told. `empty`: no backup.
	 */
	readonly verdict: 'met' | 'attention' | 'missed' | 'unknown' | 'empty';
	readonly headline: string;
}

/** Sums up; the worst thing comes first. */
export function headline(
	{ groups, exercises, unavailable }: Findings,
	windowDays: number,
): Headline {
	const judged = groups.filter(({ verdict }) => verdict !== 'no target');
	const having = (...verdicts: RpoVerdict[]) =>
		judged.filter(({ verdict }) => verdicts.includes(verdict));
	const isComplete = unavailable.length === 0;
	if (groups.every(({ backups }) => backups === 0)) {
		return isComplete
			? { verdict: 'empty', headline: 'The repository holds no backup.' }
			: {
					verdict: 'unknown',
					headline: 'No backup was found, and not every store could be asked.',
				};
	}
	const missed = having('missed now');
	if (missed.length > 0) {
		return {
			verdict: 'missed',
			headline: `${counted(missed.length, 'recovery point target')} of ${judged.length} ${missed.length === 1 ? 'is' : 'are'} missed now: ${names(missed)}.`,
		};
	}
	const unknown = having('unknown');
	if (unknown.length > 0) {
		return {
			verdict: 'unknown',
			headline: `It is unknown whether ${names(unknown)} ${unknown.length === 1 ? 'meets its target' : 'meet their targets'}: not every store could be asked.`,
		};
	}
	const running = exercises.filter(({ kind, recovery }) => kind === 'incident' && recovery.running);
	if (running.length > 0) {
		return {
			verdict: 'attention',
			headline: `An incident is running: ${running.map(({ incident }) => incident).join(', ')}.`,
		};
	}
	const gaps = having('missed at times');
	if (gaps.length > 0) {
		return {
			verdict: 'attention',
			headline: `Every target is met now, but in the last ${counted(windowDays, 'day')} there were gaps: ${names(gaps)}.`,
		};
	}
	const unproved = groups.filter(
		({ backups, score }) => backups > 0 && score.proved.kept !== 'yes',
	);
	if (unproved.length > 0) {
		return {
			verdict: 'attention',
			headline: `The newest backup is not proved to be readable: ${names(unproved)}.`,
		};
	}
	if (judged.length === 0) {
		return {
			verdict: 'attention',
			headline: 'There are backups, but no recovery point target to hold them against.',
		};
	}
	if (!isComplete) {
		return {
			verdict: 'attention',
			headline: 'Every target is met by the copies that could be seen; a store could not be asked.',
		};
	}
	const since = having('met since the first backup');
	const all = `${judged.length === 1 ? 'The recovery point target is' : `All ${judged.length} recovery point targets are`} met`;
	return {
		verdict: 'met',
		headline:
			since.length > 0
				? `${all}, counted from the first known backup where that is younger than the window.`
				: `${all}, now and throughout the last ${counted(windowDays, 'day')}.`,
	};
}

/** How a name is called in a sentence: `postgres mrdj`. */
export function titleOf({ component, name }: Pick<GroupReport, 'component' | 'name'>): string {
	return name === '' ? component : `${component} ${name}`;
}

/** How a name is called in a table that tells the component elsewhere. */
export function nameOf({ component, name }: Pick<GroupReport, 'component' | 'name'>): string {
	return name === '' ? component : name;
}

function names(groups: readonly GroupReport[]): string {
	const shown = groups.slice(0, 5).map(titleOf);
	const more = groups.length - shown.length;
	return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
