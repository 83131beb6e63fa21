import type { Report } from '../build-report';
import { nameOf, titleOf } from '../headline';
import type { Rule, Score } from '../score';
import { html, type Markup } from './markup';
import { type Cell, table } from './table';

const RULES: Readonly<Record<keyof Score, string>> = {
	copies: '3 copies',
	media: '2 kinds of places',
	offSite: '1 off site',
	immutable: '1 locked',
	proved: '0 doubts',
};

const WORDS: Readonly<Record<Rule['kept'], Cell>> = {
	yes: { text: 'Yes', tone: 'good' },
	no: { text: 'No', tone: 'bad' },
	unknown: { text: 'Unknown', tone: 'unknown' },
};

/** The rule 3-2-1-1-0, with the reasons for all that is not kept. */
export function scoreSection({ groups }: Report): Markup | undefined {
	if (groups.length === 0) return undefined;
	const rules = Object.keys(RULES) as (keyof Score)[];
	const reasons = rules.flatMap((rule) => reasonsFor(rule, groups));
	return html`<h2>3-2-1-1-0</h2>
		<p class="muted">
			Three copies with the live data, two kinds of places, one off site, one that nobody can
			delete, no doubt that the newest can be read.
		</p>
		${table(
			['Backup', ...Object.values(RULES)],
			groups.map((group) => ({
				...{ name: nameOf(group), detail: group.component },
				cells: rules.map((rule) => WORDS[group.score[rule].kept]),
			})),
		)}
		${
			reasons.length === 0
				? undefined
				: html`<ul class="muted">
						${reasons}
					</ul>`
		}`;
}

/** The same reason is told once for all that it holds for. */
function reasonsFor(rule: keyof Score, groups: Report['groups']): Markup[] {
	const open = groups.filter(({ score }) => score[rule].kept !== 'yes');
	const byReason = new Map<string, string[]>();
	for (const group of open) {
		const { reason } = group.score[rule];
		byReason.set(reason, [...(byReason.get(reason) ?? []), titleOf(group)]);
	}
	return [...byReason].map(
		([reason, titles]) => html`<li><b>${RULES[rule]}</b>, ${titles.join(', ')}: ${reason}</li> `,
	);
}
