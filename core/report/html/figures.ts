import type { Report } from '../build-report';
import { isPlansDrill } from '../exercises';
import { humanDuration } from '../words';
import { html, type Markup } from './markup';

/** The four numbers that somebody in a hurry reads. */
export function figures({ groups, exercises, generatedAt }: Report): Markup {
	const judged = groups.filter(({ verdict }) => verdict !== 'no target');
	const met = judged.filter(({ verdict }) => verdict !== 'missed now' && verdict !== 'unknown');
	const ages = judged.flatMap(({ coverage }) => coverage.ageSeconds ?? []);
	const restored = groups.flatMap(({ verifiedAt }) => verifiedAt.restored ?? []);
	const drill = exercises.find(isPlansDrill);
	const ago = (at: number) => `${humanDuration(Math.max(0, generatedAt - at) / 1000)} ago`;
	const all: [string, string][] = [
		[judged.length === 0 ? 'none set' : `${met.length} of ${judged.length}`, 'targets met now'],
		[ages.length === 0 ? 'none' : humanDuration(Math.max(...ages)), 'longest time since a backup'],
		[restored.length === 0 ? 'never' : ago(Math.max(...restored)), 'last restore test'],
		[drill === undefined ? 'never' : ago(drill.at), 'last drill'],
	];
	return html`<div class="figures">
		${all.map(
			([value, title]) => html`<div class="figure"><b>${value}</b><span>${title}</span></div>`,
		)}
	</div>`;
}
