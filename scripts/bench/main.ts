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
import { type MemoryGrowth, measureMemory, type MemoryOptions, worstOf } from './memory';
import { MEASUREMENTS } from './measurements';
import { measureRedisMemory } from './redis/memory';
import { REDIS_MEASUREMENTS } from './redis/measurements';
import { setRedisStand } from './redis/stand';
import { circumstancesOf, growthTableOf, megabytes, ratiosOf, tableOf } from './report';
import { type Measurement, measureAll } from './rounds';
import { setStand } from './stand';

/** How much more memory operations take for 1 GB than for 100 MB; the worst ratio is the key's. */
const GROWTHS: Record<string, (options: MemoryOptions) => Promise<readonly MemoryGrowth[]>> = {
	'rss.growth': async (options) => (await measureMemory(options)).growths,
	'redis.rss.growth': measureRedisMemory,
};
const GROWTH_SIZES = { smallMegabytes: 100, largeMegabytes: 1000 };

/** Of results, on the page that keeps them. */
const PLACES = ['Postgres', 'Redis'] as const;

interface Results {
	place: (typeof PLACES)[number];
	text: string;
	ratios: Record<string, number>;
}

const note = (text: string) => process.stderr.write(`${text}\n`);

async function main(signal: AbortSignal): Promise<void> {
	const { runs, size, isChosen, json, keep } = readOptions();
	const chosen = <Stand>(measurements: readonly Measurement<Stand>[]) =>
		measurements.filter(({ key }) => isChosen(key));
	const results: Results[] = [];
	results.push(
		...(await measureTimes('Postgres', chosen(MEASUREMENTS), runs, signal, async () => {
			note(`Building a database of about ${size} MB …`);
			const stand = await setStand(size, signal);
			return { stand, sample: `PostgreSQL 15, database of ${megabytes(stand.sampleBytes)} MB` };
		})),
		...(await measureTimes('Redis', chosen(REDIS_MEASUREMENTS), runs, signal, async () => {
			note(`Filling a Redis server with about ${size} MB …`);
			const stand = await setRedisStand(size, signal);
			return { stand, sample: `Redis, RDB file of ${megabytes(stand.sampleBytes)} MB` };
		})),
	);
	for (const key of Object.keys(GROWTHS).filter(isChosen))
		results.push(await growthOf(key, signal));
	const textOf = (some: readonly Results[]) => some.map(({ text }) => text).join('\n\n');
	const ratios = Object.assign({}, ...results.map((one) => one.ratios)) as Results['ratios'];
	console.log(json ? JSON.stringify(ratios) : textOf(results));
	if (!keep) return;
	for (const place of PLACES) {
		const some = results.filter((one) => one.place === place);
		if (some.length > 0) await document(place, textOf(some));
	}
}

/** Nothing where nothing is to be measured. */
async function measureTimes<Stand extends { tidy(): Promise<void>; clear(): Promise<void> }>(
	place: Results['place'],
	chosen: readonly Measurement<Stand>[],
	runs: number,
	signal: AbortSignal,
	set: () => Promise<{ stand: Stand; sample: string }>,
): Promise<Results[]> {
	if (chosen.length === 0) return [];
	const { stand, sample } = await set();
	try {
		const onRun = (round: number, key: string) =>
			note(`${round === 0 ? 'warm-up' : `round ${round} of ${runs}`}: ${key}`);
		const outcome = await measureAll(stand, chosen, { runs, onRun, signal });
		const text = `${circumstancesOf(sample, runs)}\n\n${tableOf(outcome)}`;
		return [{ place, text, ratios: ratiosOf(outcome) }];
	} finally {
		await stand.clear();
	}
}

async function growthOf(key: string, signal: AbortSignal): Promise<Results> {
	const onRun = (size: number, operation: string) => note(`memory at ${size} MB: ${operation}`);
	const growths = (await GROWTHS[key]?.({ ...GROWTH_SIZES, signal, onRun })) ?? [];
	const worst = worstOf(growths);
	return {
		place: key.startsWith('redis') ? 'Redis' : 'Postgres',
		text: `Memory, 1 GB to 100 MB (\`${key}\`, ≤ 1.15): ${worst.toFixed(2)}.\n\n${growthTableOf(growths)}`,
		ratios: { [key]: Number(worst.toFixed(3)) },
	};
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
	const measured = [...MEASUREMENTS, ...REDIS_MEASUREMENTS].map(({ key }) => key);
	const keys = [...measured, ...Object.keys(GROWTHS)];
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
