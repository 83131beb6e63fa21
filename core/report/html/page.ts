import type { Report } from '../build-report';
import { tool } from '../../repository/tool';
import { humanDateTime, humanDay, isoDay } from '../words';
import { html, Markup } from './markup';
import { exercisesSection } from './exercises-section';
import { figures } from './figures';
import { overTimeSection } from './over-time-section';
import { proofSection } from './proof-section';
import { recoveryPointsSection } from './recovery-points-section';
import { scoreSection } from './score-section';
import { STYLE } from './style';

const VERDICTS: Readonly<Record<Report['verdict'], [tone: string, word: string]>> = {
	met: ['good', 'Targets met'],
	attention: ['warn', 'Needs attention'],
	missed: ['bad', 'Target missed'],
	unknown: ['unknown', 'Unknown'],
	empty: ['bad', 'No backups'],
};

const MOST_STEPS = 15;

/** The report as one HTML page that needs nothing else: no script, no font, no request. */
export function reportPage(report: Report): string {
	const { window, timeZone, headline, verdict } = report;
	const [tone, word] = VERDICTS[verdict];
	const period = `${humanDay(window.from, timeZone, true)} to ${humanDay(window.to, timeZone, true)}`;
	return html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<meta name="color-scheme" content="light dark" />
				<title>Disaster recovery report, ${isoDay(report.generatedAt, timeZone)}: ${word}</title>
				<style>
					${new Markup(STYLE)}
				</style>
			</head>
			<body>
				<div class="page">
					<h1>Disaster recovery report</h1>
					<p class="muted">${period}. Times are in ${timeZone}.</p>
					<div class="verdict ${tone}"><b>${word}</b>${headline}</div>
					${figures(report)} ${nextStepsSection(report)} ${recoveryPointsSection(report)}
					${proofSection(report)} ${scoreSection(report)} ${overTimeSection(report)}
					${exercisesSection(report)}
					<h2>How this was measured</h2>
					<ul class="muted">
						<li>
							The age of a backup counts from its consistency point: the instant that its data are
							of, not when it was stored.
						</li>
						<li>
							Recovery time (RTA) runs from the start of the impact until the service was healthy
							again. Recovery point (RPA) runs from the restored backup’s consistency point to the
							start of the impact.
						</li>
						${report.limits.map((limit) => html`<li>${limit}</li> `)}
					</ul>
					<p class="muted footer">
						Made ${humanDateTime(report.generatedAt, timeZone)} by ${tool.name} ${tool.version} from
						${report.stores.map(({ label }) => label).join(' and ')}.
					</p>
				</div>
			</body>
		</html> `.text;
}

function nextStepsSection({ nextSteps }: Report): Markup {
	if (nextSteps.length === 0)
		return html`<h2>What to do next</h2>
			<p>Nothing is missing.</p>`;
	const more = nextSteps.length - MOST_STEPS;
	return html`<h2>What to do next</h2>
		<ol>
			${nextSteps.slice(0, MOST_STEPS).map((step) => html`<li>${step}</li> `)}
		</ol>
		${more > 0 ? html`<p class="muted">And ${more} more, which the data beside this page list.</p>` : undefined}`;
}
