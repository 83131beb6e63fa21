import type { Report } from '../build-report';
import type { GroupReport, RpoVerdict } from '../group';
import { counted, humanDateTime, humanDuration, humanShare } from '../words';
import { nameOf } from '../headline';
import { html, type Markup } from './markup';
import { type Cell, type Row, table, type Tone } from './table';

const VERDICTS: Readonly<Record<RpoVerdict, { tone: Tone; text: string } | string>> = {
	met: { tone: 'good', text: 'Met' },
	'met since the first backup': { tone: 'good', text: 'Met since the first' },
	'missed at times': { tone: 'warn', text: 'Missed at times' },
	'missed now': { tone: 'bad', text: 'Missed now' },
	unknown: { tone: 'unknown', text: 'Unknown' },
	'no target': 'No target',
};

/** How old the newest backups are, and how old they were at worst. */
export function recoveryPointsSection(report: Report): Markup {
	const { groups, windowDays, timeZone } = report;
	if (groups.length === 0)
		return html`<h2>Recovery points</h2>
			<p>There are no backups.</p>`;
	return html`<h2>Recovery points</h2>
		<p class="muted">
			How much work would have been lost (RPO): now, and at the worst moment of the last
			${counted(windowDays, 'day')}.
		</p>
		${table(
			['Backup', 'Target', 'Age now', 'Worst gap', 'Within target', 'Verdict'],
			groups.map((group) => rowOf(group, timeZone)),
		)}`;
}

function rowOf(group: GroupReport, timeZone: string): Row {
	const { component, rpoTargetSeconds, coverage, verdict } = group;
	const { ageSeconds, withinTargetSinceFirst: within, firstKnown } = coverage;
	const target = rpoTargetSeconds === undefined ? 'none' : humanDuration(rpoTargetSeconds);
	const worst = coverage.worstGapSinceFirst;
	return {
		name: nameOf(group),
		detail:
			firstKnown === undefined
				? component
				: `${component}, first known backup ${humanDateTime(firstKnown, timeZone)}`,
		cells: [
			target,
			ageSeconds === undefined ? 'no backup' : inColour(ageSeconds, rpoTargetSeconds, 'bad'),
			worst === undefined ? 'no backup' : inColour(worst.seconds, rpoTargetSeconds, 'warn'),
			within === undefined ? '–' : humanShare(within),
			VERDICTS[verdict],
		],
	};
}

function inColour(seconds: number, target: number | undefined, tone: Tone): Cell {
	const text = humanDuration(seconds);
	return target !== undefined && seconds > target ? { text, tone } : text;
}
