import { cpus, loadavg, totalmem } from 'node:os';
import type { MemoryGrowth } from './memory';
import type { Medians, Outcome } from './rounds';

const HEADINGS = ['', 'ratio', 'range', 'goal', 'wall s', 'alone s', 'CPU s', 'RSS MB', 'MB'];

/** Of a column, as the formatter of this project has it. */
const LEAST_WIDTH = 3;

/** The JSON object that `--json` promises: ratios by key, and nothing else. */
export function ratiosOf({ comparisons }: Outcome): Record<string, number> {
	const promised = comparisons.filter(({ measurement }) => !measurement.isDetail);
	return Object.fromEntries(
		promised.map(({ measurement, ratio }) => [measurement.key, round(ratio.median, 3)]),
	);
}

/** A table for people, in Markdown. */
export function tableOf({ baselines, comparisons }: Outcome): string {
	const rows = [
		...baselines.map((medians) => [medians.key, '', '', '', ...cells(medians)]),
		...comparisons.map(({ measurement, medians, ratio }) => [
			measurement.key,
			ratio.median.toFixed(2),
			`${ratio.least.toFixed(2)}–${ratio.most.toFixed(2)}`,
			measurement.goal === undefined ? '' : `≤ ${measurement.goal}`,
			...cells(medians),
		]),
	];
	return markdown(HEADINGS, rows);
}

/** The same for peak memory, in MB. */
export function growthTableOf(growths: readonly MemoryGrowth[]): string {
	const rows = growths.map(({ key, smallBytes, largeBytes, ratio }) => [
		...[key, megabytes(smallBytes), megabytes(largeBytes), ratio.toFixed(2)],
	]);
	return markdown(['', '100 MB', '1 GB', 'ratio'], rows);
}

function markdown(headings: readonly string[], rows: readonly (readonly string[])[]): string {
	const widths = headings.map((heading, column) =>
		Math.max(LEAST_WIDTH, heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
	);
	const line = (row: readonly string[]) =>
		`| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
	const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
	return [line(headings), rule, ...rows.map(line)].join('\n');
}

/** The machine, how busy it was, and the sample; without names. */
export function circumstancesOf(sample: string, runs: number): string {
	const gigabytes = Math.round(totalmem() / 1024 ** 3);
	return [
		`${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${gigabytes} GB of memory,`,
		`Node.js ${process.versions.node}, ${sample},`,
		`${runs} counted ${runs === 1 ? 'round' : 'rounds'}, load average of 15 minutes at the end ${(loadavg()[2] ?? 0).toFixed(1)}.`,
	].join(' ');
}

function cells({ wallMs, operationMs, cpuSeconds, peakRssBytes, bytes }: Medians): string[] {
	return [
		seconds(wallMs),
		operationMs === undefined ? '' : seconds(operationMs),
		cpuSeconds.toFixed(2),
		megabytes(peakRssBytes),
		bytes === undefined ? '' : megabytes(bytes),
	];
}

function seconds(milliseconds: number): string {
	return (milliseconds / 1000).toFixed(2);
}

/** Of so many bytes, rounded. */
export function megabytes(bytes: number): string {
	return (bytes / 1024 ** 2).toFixed(0);
}

function round(value: number, digits: number): number {
	return Number(value.toFixed(digits));
}
