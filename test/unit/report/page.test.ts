import fc from 'fast-check';
import type { EventRecord } from '../../../core/events/event';
import { buildReport } from '../../../core/report/build-report';
import { escapeHtml, html } from '../../../core/report/html/markup';
import { reportPage } from '../../../core/report/html/page';
import { humanBytes, humanDuration, humanShare, isoDay } from '../../../core/report/words';
import type { Repository } from '../../../core/repository/repository';
import { type Listed, listIn, writeEvent } from '../../support/report/listed-backups';
import { parseStrictly } from '../../support/report/strict-html';
import { MemoryStore } from '../repository/memory-store';

const NOW = new Date('2026-11-23T12:00:00Z');
const HOSTILE =
	"\"><script>alert(1)</script><img src=http://evil.example/x onerror='x'>&amp;\u202e";

const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

async function pageOf(
	backups: Listed[],
	{
		events = [],
		label = 'directory /backups',
		timeZone = 'Europe/Amsterdam',
	}: {
		events?: (Partial<EventRecord> & Pick<EventRecord, 'incident' | 'recordedAt'>)[];
		label?: string;
		timeZone?: string;
	} = {},
): Promise<string> {
	const store = new MemoryStore(label);
	const lost = new MemoryStore('lost', { list: new Error(HOSTILE) });
	const repository: Repository = { stores: [store], encryption: { kind: 'none' } };
	listIn(store, backups);
	for (const event of events) await writeEvent(repository, event);
	const targets = { rpoMinutes: 60, rtoMinutes: 240, rpo: [] };
	const stores = label === HOSTILE ? [store, lost] : [store];
	return reportPage(
		await buildReport({ ...repository, stores }, { windowDays: 30, targets, timeZone, now: NOW }),
	);
}

const backups = (count: number, overrides: Partial<Listed> = {}): Listed[] =>
	Array.from({ length: count }, (_, index) => ({
		...{ component: 'postgres', name: 'mrdj', at: ago(10 + index * 30), bytes: 5_000_000 },
		...overrides,
	}));

const drill = {
	...{ incident: 'drill-q4', recordedAt: ago(1000).toISOString(), outcome: 'succeeded' as const },
	instants: { impactStart: ago(1200).toISOString(), serviceHealthy: ago(1100).toISOString() },
	restoredBackups: [
		{ id: 'mrdj-20261122155000', consistencyPoint: ago(1230).toISOString(), exact: true },
	],
};

it.each<[string, Listed[], Parameters<typeof pageOf>[1]]>([
	['an empty repository', [], {}],
	['one backup', backups(1), {}],
	['a month of backups and a drill', backups(1500), { events: [drill] }],
	['nothing that was finished', backups(3, { committed: false }), {}],
	[
		'many names',
		['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'].flatMap((name) =>
			backups(2, { name }),
		),
		{},
	],
])(
	'the page about %s is whole, and needs nothing from elsewhere',
	async (_what, listed, options) => {
		const page = await pageOf(listed, options);
		const { tags } = parseStrictly(page);
		expect(tags).not.toContain('script');
		expect(tags).not.toContain('img');
		expect(page).not.toMatch(
			/https?:|<link|@import|url\((?!#)|src=|\son\w+=|NaN|undefined|null|Infinity/,
		);
	},
);

it('shows two pictures for a name, and two for drills', async () => {
	const { tags } = parseStrictly(await pageOf(backups(1500), { events: [drill] }));
	expect(tags.filter((tag) => tag === 'svg')).toHaveLength(4);
});

it('shows the time of a restore test as that, and asks for the drill of the quarter all the same', async () => {
	const instants = { restoreStarted: ago(63).toISOString(), dataRestored: ago(60).toISOString() };
	const test = { ...drill, instants, restoredBackups: [], planParagraph: '§2' };
	const { text } = parseStrictly(await pageOf(backups(2), { events: [test] }));
	expect(text).toContain('3 min to restore');
	expect(text).toMatch(/never\s*last drill/);
});

it('tells hostile texts as they are, and runs none of them', async () => {
	const event: EventRecord = {
		...{ eventVersion: 1, kind: 'incident', incident: 'odd', recordedAt: ago(60).toISOString() },
		...{ title: HOSTILE, scenario: HOSTILE, planParagraph: HOSTILE, who: HOSTILE, notes: HOSTILE },
		...{ instants: {}, restoredBackups: [] },
	};
	const page = await pageOf(backups(3), { events: [event], label: HOSTILE });
	const { tags, text } = parseStrictly(page);
	expect(tags).not.toContain('script');
	expect(tags).not.toContain('img');
	expect(text).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
	expect(page).not.toContain('\u202e');
});

it('writes times in the zone that was chosen, on both sides of a change of the clocks', async () => {
	const listed = [
		...backups(100, { at: new Date('2026-10-25T00:30:00Z'), name: 'summer' }).slice(0, 1),
		...backups(100, { at: new Date('2026-10-25T01:30:00Z'), name: 'winter' }).slice(0, 1),
	];
	const amsterdam = await pageOf(listed);
	// The same reading of the clock, an hour apart.
	expect(amsterdam.match(/first known backup 25 Oct 2026, 02:30/g)).toHaveLength(2);
	expect(amsterdam).toContain('24 Oct 2026 to 23 Nov 2026. Times are in Europe/Amsterdam.');
	expect(amsterdam).toContain('Made 23 Nov 2026, 13:00');
	const auckland = await pageOf(listed, { timeZone: 'Pacific/Auckland' });
	expect(auckland).toContain('Made 24 Nov 2026, 01:00');
	expect(isoDay(NOW.getTime(), 'Pacific/Auckland')).toBe('2026-11-24');
	expect(isoDay(NOW.getTime(), 'America/Los_Angeles')).toBe('2026-11-23');
});

it('escapes whatever is put into markup, once', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
			const { text: page } = html`<p class="${text}">${[text, html`<b>${text}</b>`]}</p>`;
			const { tags } = parseStrictly(page);
			expect(tags).toEqual(['p', 'b']);
		}),
	);
	expect(escapeHtml(`a & <b> "c" 'd'`)).toBe('a &amp; &lt;b&gt; &quot;c&quot; &#39;d&#39;');
});

it.each([
	[humanDuration(59.9), '59 s'],
	[humanDuration(60), '1 min'],
	[humanDuration(3 * 3600 + 5 * 60), '3 h 5 min'],
	[humanDuration(2 * 86_400 + 3_599), '2 d'],
	[humanDuration(2 * 86_400 + 3_600), '2 d 1 h'],
	[humanShare(1), '100 %'],
	[humanShare(0.99999), '> 99.9 %'],
	[humanShare(0.9944), '99.4 %'],
	[humanShare(0.00001), '< 0.1 %'],
	[humanShare(0), '0 %'],
	[humanBytes(999), '999 bytes'],
	[humanBytes(12_345_678), '12.3 MB'],
])('%s', (words, expected) => {
	expect(words).toBe(expected);
});
