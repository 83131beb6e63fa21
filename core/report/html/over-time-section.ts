import type { Report } from '../build-report';
import type { GroupReport } from '../group';
import { humanDuration } from '../words';
import { ageChart, sizeChart } from './charts';
import { html, type Markup } from './markup';

const MOST_SHOWN = 12;

/** Pictures of age and size, for the names that matter most. */
export function overTimeSection(report: Report): Markup | undefined {
	const drawn = report.groups
		.map((group) => ({ group, pictures: picturesOf(group, report) }))
		.filter(({ pictures }) => pictures.length > 0);
	if (drawn.length === 0) return undefined;
	const more = drawn.length - MOST_SHOWN;
	return html`<h2>Over time</h2>
		${drawn.slice(0, MOST_SHOWN).map(
			({ group: { name, component }, pictures }) =>
				html`<h3>${name} <span class="muted">${component}</span></h3>
					<div class="charts">${pictures}</div> `,
		)}
		${more > 0 ? html`<p class="muted">${more} more are in the tables only.</p>` : undefined}`;
}

function picturesOf(group: GroupReport, report: Report): Markup[] {
	const age = ageChart(group, report);
	const size = sizeChart(group, report);
	const { rpoTargetSeconds: target, coverage } = group;
	const words = [
		'Worst age of the newest backup',
		...(target === undefined ? [] : [`; the dashed line is the target, ${humanDuration(target)}`]),
		...(age?.cutOff ? ['; higher bars are cut off'] : []),
		...(coverage.firstKnown === undefined ? [] : ['; pale: no backup known']),
	];
	return [
		...(age === undefined ? [] : [chart(`${words.join('')}.`, age.picture)]),
		...(size === undefined ? [] : [chart('Size of one backup as stored.', size)]),
	];
}

function chart(caption: string, picture: Markup): Markup {
	return html`<div class="chart">
		<p class="caption">${caption}</p>
		${picture}
	</div>`;
}
