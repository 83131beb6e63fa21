import { createRequire } from 'node:module';
import type * as ECharts from 'echarts';
import type { EChartsOption } from 'echarts';
import type { Exercise } from '../exercises';
import type { GroupReport } from '../group';
import { ageOverTime, type Window } from '../recovery-points';
import { humanBytes, humanDay, humanDuration } from '../words';
import { escapeHtml, Markup } from './markup';
import { type Colour, light } from './palette';

const WIDTH = 328;
const HEIGHT = 150;
/** Bars of a picture, and the ones that carry a date. */
const BUCKETS = 60;
const LABELLED: readonly number[] = [7, 22, 37, 52];
/** Bars higher than so many targets are cut off, or the others could not be seen. */
const TARGETS_SHOWN = 4;
const MOST_BARS = 8;
const DAY_MS = 86_400_000;

/** Without quotes: echarts writes it into an attribute as it is. */
const FONT = 'system-ui, -apple-system, Roboto, Helvetica, Arial, sans-serif';
const LABEL = { color: light('muted'), fontSize: 11, fontFamily: FONT } as const;
const SPLIT_LINE = { lineStyle: { color: light('line') } } as const;
const TARGET_LINE = {
	...{ silent: true, symbol: 'none', label: { show: false } },
	lineStyle: { color: light('ink'), type: 'dashed', width: 1.25 },
} as const satisfies object;

interface Clock {
	readonly window: Window;
	readonly timeZone: string;
}

/** The worst age of the newest backup over time; undefined where no backup is known. */
export function ageChart(
	{ points, rpoTargetSeconds }: GroupReport,
	clock: Clock,
): { picture: Markup; cutOff: boolean } | undefined {
	const buckets = ageOverTime(points, clock.window, BUCKETS);
	const worst = Math.max(0, ...buckets.map(({ worstSeconds }) => worstSeconds ?? 0));
	if (worst === 0) return undefined;
	const target = rpoTargetSeconds ?? Infinity;
	const wanted = Math.max(worst, rpoTargetSeconds === undefined ? 0 : target * 1.25);
	const scale = timeScale(Math.min(wanted, target * TARGETS_SHOWN));
	const cutOff = worst > scale.max * scale.unit;
	const data = buckets.map(({ worstSeconds }) => {
		if (worstSeconds === undefined) {
			return { value: scale.max, itemStyle: { color: light('line') } };
		}
		const colour = worstSeconds > target ? light('bad') : light('bar');
		return { value: Math.min(scale.max, worstSeconds / scale.unit), itemStyle: { color: colour } };
	});
	const title = `Age of the newest backup over time; the worst was ${humanDuration(worst)}.`;
	return {
		cutOff,
		picture: draw(title, HEIGHT, {
			grid: { left: 50, right: 4, top: 10, bottom: 22 },
			xAxis: timeAxis(clock),
			yAxis: { ...valueAxis(scale.name), max: scale.max, interval: scale.interval },
			series: {
				...{ type: 'bar', barCategoryGap: '25%', data },
				...(rpoTargetSeconds !== undefined && {
					markLine: { ...TARGET_LINE, data: [{ yAxis: rpoTargetSeconds / scale.unit }] },
				}),
			},
		}),
	};
}

/** The size of the backups over time; undefined where the window has none. */
export function sizeChart({ sizes }: GroupReport, clock: Clock): Markup | undefined {
	if (sizes.length === 0) return undefined;
	const { from, to } = clock.window;
	const largest: (number | null)[] = Array.from({ length: BUCKETS }, () => null);
	for (const { at, bytes } of sizes) {
		const index = Math.min(BUCKETS - 1, Math.floor(((at - from) / (to - from)) * BUCKETS));
		largest[index] = Math.max(largest[index] ?? 0, bytes);
	}
	const known = largest.filter((bytes) => bytes !== null);
	const title = `Size of the backups over time; the last is ${humanBytes(known.at(-1) ?? 0)}.`;
	return draw(title, HEIGHT, {
		grid: { left: 56, right: 4, top: 10, bottom: 22 },
		xAxis: timeAxis(clock),
		yAxis: valueAxis(shortBytes),
		series: {
			...{ type: 'line', data: largest, connectNulls: true },
			...{
				symbol: 'circle',
				symbolSize: 4,
				showSymbol: known.length <= BUCKETS / 2,
				showAllSymbol: true,
			},
			...{ itemStyle: { color: light('bar') }, lineStyle: { color: light('bar'), width: 1.5 } },
			areaStyle: { color: light('area'), opacity: 1 },
		},
	});
}

/** The newest drills and incidents with a duration, against a target in seconds; 0 for none. */
export function durationChart(
	exercises: readonly Exercise[],
	figure: 'rtaSeconds' | 'rpaSeconds',
	targetSeconds: number,
	timeZone: string,
): Markup | undefined {
	const shown = exercises
		.filter(({ recovery }) => recovery[figure] !== undefined)
		.slice(0, MOST_BARS)
		.reverse();
	if (shown.length === 0) return undefined;
	const seconds = shown.map(({ recovery }) => recovery[figure] ?? 0);
	const scale = timeScale(Math.max(60, targetSeconds * 1.15, ...seconds));
	const title = `${shown.length} durations; the longest is ${humanDuration(Math.max(...seconds))}.`;
	return draw(title, 34 + 24 * shown.length, {
		grid: { left: 92, right: 72, top: 6, bottom: 24 },
		xAxis: { ...valueAxis(scale.name), max: scale.max, interval: scale.interval },
		// The durations stand in a column of their own, where no line crosses them.
		yAxis: [
			nameAxis(shown.map(({ kind, at }) => `${kind} ${humanDay(at, timeZone)}`)),
			{ ...nameAxis(seconds.map(humanDuration), 'ink'), position: 'right' },
		],
		series: {
			...{ type: 'bar', barWidth: 12 },
			data: seconds.map((value) => {
				const isOver = targetSeconds > 0 && value > targetSeconds;
				return {
					value: value / scale.unit,
					itemStyle: { color: light(isOver ? 'bad' : 'bar') },
				};
			}),
			...(targetSeconds > 0 && {
				markLine: { ...TARGET_LINE, data: [{ xAxis: targetSeconds / scale.unit }] },
			}),
		},
	});
}

function timeAxis({ window, timeZone }: Clock) {
	const width = (window.to - window.from) / BUCKETS;
	const isShort = window.to - window.from <= 3 * DAY_MS;
	const label = (index: number) => {
		const at = window.from + index * width;
		if (!isShort) return humanDay(at, timeZone);
		const time = { hour: '2-digit', minute: '2-digit', timeZone } as const;
		return new Date(at).toLocaleTimeString('en-GB', time);
	};
	return {
		type: 'category' as const,
		data: Array.from({ length: BUCKETS }, (_, index) => label(index)),
		axisTick: { show: false },
		axisLine: { lineStyle: { color: light('none') } },
		axisLabel: { ...LABEL, interval: (index: number) => LABELLED.includes(index) },
	};
}

function valueAxis(name: (value: number) => string) {
	return {
		...{ type: 'value' as const, min: 0, splitNumber: 3, splitLine: SPLIT_LINE },
		axisLabel: { ...LABEL, formatter: name },
	};
}

function nameAxis(names: string[], colour: Colour = 'muted') {
	return {
		...{ type: 'category' as const, data: names },
		...{ axisTick: { show: false }, axisLine: { show: false } },
		axisLabel: { ...LABEL, color: light(colour) },
	};
}

/** Round steps in minutes, hours or days that hold `seconds`. */
function timeScale(seconds: number) {
	const [unit, word] =
		seconds > 3 * 86_400 ? [86_400, 'd'] : seconds > 2 * 3600 ? [3600, 'h'] : [60, 'min'];
	const steps = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 40, 50, 60, 100, 200, 500, 1000, 2000];
	const interval = steps.find((step) => step * 3 >= seconds / unit) ?? seconds / unit / 3;
	const max = Math.max(1, Math.ceil(seconds / unit / interval)) * interval;
	return { unit, interval, max, name: (value: number) => (value === 0 ? '0' : `${value} ${word}`) };
}

function shortBytes(bytes: number): string {
	return bytes === 0 ? '0' : humanBytes(bytes).replace('.0 ', ' ');
}

function draw(title: string, height: number, option: EChartsOption): Markup {
	// Loaded where it is needed: it takes its time and memory, and most runs of n8n make no report.
	const { init } = createRequire(__filename)('echarts') as typeof ECharts;
	const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
	try {
		chart.setOption({ animation: false, silent: true, ...option });
		return new Markup(plain(chart.renderToSVGString({ useViewBox: true }), title));
	} finally {
		chart.dispose();
	}
}

/** Without what only a script would use, or what a picture within a page does not need. */
function plain(svg: string, title: string): string {
	return svg
		.replace(/<style[\s\S]*?<\/style>/g, '')
		.replace(/ (class|pointer-events|ecmeta_\w+|xmlns(:\w+)?|baseProfile|version)="[^"]*"/g, '')
		.replace('<svg ', `<svg role="img" aria-label="${escapeHtml(title)}" `);
}
