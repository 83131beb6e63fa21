import type { Report } from '../build-report';
import type { Exercise } from '../exercises';
import { humanDateTime, humanDuration } from '../words';
import { durationChart } from './charts';
import { html, type Markup } from './markup';
import { type Cell, type Row, table } from './table';

const MOST_SHOWN = 25;
const LONGEST_TEXT = 300;

const OUTCOMES: Readonly<Record<NonNullable<Exercise['outcome']>, Cell>> = {
	succeeded: { text: 'Succeeded', tone: 'good' },
	partly: { text: 'Partly', tone: 'warn' },
	failed: { text: 'Failed', tone: 'bad' },
	aborted: { text: 'Aborted', tone: 'warn' },
};

/** Drills and incidents: what was measured, against the targets. */
export function exercisesSection({ exercises, targets, timeZone }: Report): Markup {
	if (exercises.length === 0) {
		return html`<h2>Drills and incidents</h2>
			<p>None is recorded.</p>`;
	}
	const { rtoMinutes, rpoMinutes } = targets;
	const more = exercises.length - MOST_SHOWN;
	const times = durationChart(exercises, 'rtaSeconds', rtoMinutes * 60, timeZone);
	const points = durationChart(exercises, 'rpaSeconds', rpoMinutes * 60, timeZone);
	return html`<h2>Drills and incidents</h2>
		<div class="charts">
			${[
				times && chart(`Recovery time (RTA)${against(rtoMinutes)}.`, times),
				points && chart(`Lost work (RPA)${against(rpoMinutes)}.`, points),
			]}
		</div>
		${table(
			['What', 'Began', 'Recovery time', 'Lost work', 'Outcome'],
			exercises.slice(0, MOST_SHOWN).map((exercise) => rowOf(exercise, timeZone)),
		)}
		${more > 0 ? html`<p class="muted">${more} older ones are not shown.</p>` : undefined}`;
}

function against(minutes: number): string {
	return minutes > 0 ? `; the dashed line is the target, ${humanDuration(minutes * 60)}` : '';
}

function rowOf(exercise: Exercise, timeZone: string): Row {
	const { kind, incident, recovery, rtoMet, rpoMet, outcome, at } = exercise;
	const about = [kind, exercise.planParagraph, exercise.title, exercise.scenario];
	const detail = about.filter((text) => text !== undefined).join(', ');
	const { rpaSeconds } = recovery;
	return {
		name: incident,
		detail: detail.length > LONGEST_TEXT ? `${detail.slice(0, LONGEST_TEXT)}…` : detail,
		cells: [
			humanDateTime(at, timeZone),
			recoveryTime(recovery, rtoMet),
			duration(rpaSeconds, rpoMet),
			outcome === undefined
				? recovery.running
					? { text: 'Still open', tone: 'warn' }
					: 'not recorded'
				: OUTCOMES[outcome],
		],
	};
}

function recoveryTime(
	{ rtaSeconds, elapsedSeconds, restoreSeconds }: Exercise['recovery'],
	met: boolean | undefined,
): Cell {
	if (rtaSeconds !== undefined) return duration(rtaSeconds, met);
	if (elapsedSeconds !== undefined) return judged(`${humanDuration(elapsedSeconds)} so far`, met);
	// Of a restore test nothing else is known; it is no recovery time, and meets no target.
	return restoreSeconds === undefined ? 'unknown' : `${humanDuration(restoreSeconds)} to restore`;
}

function duration(seconds: number | undefined, met: boolean | undefined): Cell {
	return seconds === undefined ? 'unknown' : judged(humanDuration(seconds), met);
}

function judged(text: string, met: boolean | undefined): Cell {
	if (met === undefined) return text;
	return met ? { text: `${text}, met`, tone: 'good' } : { text: `${text}, missed`, tone: 'bad' };
}

function chart(caption: string, picture: Markup): Markup {
	return html`<div class="chart">
		<p class="caption">${caption}</p>
		${picture}
	</div>`;
}
