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
import { MEASUREMENTS } from './measurements';
import { circumstancesOf, ratiosOf, tableOf } from './report';
import { measureAll } from './rounds';
import { setStand } from './stand';

async function main(signal: AbortSignal): Promise<void> {
	const { runs, size, chosen, json, keep } = readOptions();
	const note = (text: string) => process.stderr.write(`${text}\n`);
	note(`Building a database of about ${size} MB …`);
	const stand = await setStand(size, signal);
	try {
		const onRun = (round: number, key: string) =>
			note(`${round === 0 ? 'warm-up' : `round ${round} of ${runs}`}: ${key}`);
		const outcome = await measureAll(stand, chosen, { runs, onRun, signal });
		const results = `${circumstancesOf(stand.sampleBytes, runs)}\n\n${tableOf(outcome)}`;
		console.log(json ? JSON.stringify(ratiosOf(outcome)) : results);
		if (keep) await document(results);
	} finally {
		await stand.clear();
	}
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
	const chosen = MEASUREMENTS.filter(({ key }) => only.some((start) => key.startsWith(start)));
	if (chosen.length === 0) {
		throw new Error(`No such key. There are: ${MEASUREMENTS.map(({ key }) => key).join(', ')}.`);
	}
	return {
		...{ chosen, json: values.json, keep: values.document },
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
