/**
 * `npm run bench`: how long backups, restores and verifications take beside the plan's own way.
 *
 * Options: `--runs N` (5), `--size MB` (300), `--only KEY` (may be repeated; the beginning of a key
 * will do), `--json` (one object of ratios on standard output, and nothing else there), `--document`
 * (puts the results into docs/performance.md). Exit code 0 unless something failed; a goal that was
 * missed is no failure.
 */
import { parseArgs } from 'node:util';
import { document } from './document';
import { measureMemory } from './memory';
import { type Measurement, MEASUREMENTS } from './measurements';
import { circumstancesOf, ratiosOf, tableOf } from './report';
import { measureAll } from './rounds';
import { setStand } from './stand';

/** How much more memory the largest of all operations takes for 1 GB than for 100 MB. */
const GROWTH = 'rss.growth';
const GROWTH_SIZES = { smallMegabytes: 100, largeMegabytes: 1000 };

const note = (text: string) => process.stderr.write(`${text}\n`);

async function main(signal: AbortSignal): Promise<void> {
	const { runs, size, isChosen, json, keep } = readOptions();
	const chosen = MEASUREMENTS.filter(({ key }) => isChosen(key));
	const times = chosen.length === 0 ? undefined : await measureTimes(chosen, size, runs, signal);
	const growth = isChosen(GROWTH) ? await growthOf(signal) : undefined;
	const ratios = { ...times?.ratios, ...(growth && { [GROWTH]: growth }) };
	const growthLine = growth && `Memory, 1 GB to 100 MB (\`${GROWTH}\`, ≤ 1.15): ${growth}.`;
	const results = [times?.text, growthLine].filter(Boolean).join('\n\n');
	console.log(json ? JSON.stringify(ratios) : results);
	if (keep) await document(results);
}

async function measureTimes(
	chosen: readonly Measurement[],
	size: number,
	runs: number,
	signal: AbortSignal,
): Promise<{ text: string; ratios: Record<string, number> }> {
	note(`Building a database of about ${size} MB …`);
	const stand = await setStand(size, signal);
	try {
		const onRun = (round: number, key: string) =>
			note(`${round === 0 ? 'warm-up' : `round ${round} of ${runs}`}: ${key}`);
		const outcome = await measureAll(stand, chosen, { runs, onRun, signal });
		const text = `${circumstancesOf(stand.sampleBytes, runs)}\n\n${tableOf(outcome)}`;
		return { text, ratios: ratiosOf(outcome) };
	} finally {
		await stand.clear();
	}
}

async function growthOf(signal: AbortSignal): Promise<number> {
	const onRun = (megabytes: number, key: string) => note(`memory at ${megabytes} MB: ${key}`);
	const { worst } = await measureMemory({ ...GROWTH_SIZES, signal, onRun });
	return Number(Math.max(...Object.values(worst)).toFixed(3));
}

function readOptions() {
	const { values } = parseArgs({
		options: {
			runs: { type: 'string', default: '5' },
			size: { type: 'string', default: '300' },
			only: { type: 'string', multiple: true },
			json: { type: 'boolean', default: false },
			document: { type: 'boolean', default: false },
		},
	});
	const { only = [''] } = values;
	const isChosen = (key: string) => only.some((start) => key.startsWith(start));
	const keys = [...MEASUREMENTS.map(({ key }) => key), GROWTH];
	if (!keys.some(isChosen)) throw new Error(`No such key. There are: ${keys.join(', ')}.`);
	return {
		...{ isChosen, json: values.json, keep: values.document },
		runs: wholeNumber('runs', values.runs),
		size: wholeNumber('size', values.size),
	};
}

function wholeNumber(option: string, text: string): number {
	if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
	throw new Error(`--${option} takes a whole number above 0, and not ${JSON.stringify(text)}.`);
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());

main(stop.signal).catch((error: unknown) => {
	console.error(
		stop.signal.aborted ? 'Stopped.' : `The benchmark failed: ${(error as Error).message}`,
	);
	process.exitCode = 1;
});
