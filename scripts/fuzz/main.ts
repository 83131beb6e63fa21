/**
 * `npm run fuzz`: hostile archives for as long as wanted, as the tests read a few thousand of.
 *
 * Options: `--seconds N` (60), `--seed N` (random). Exit code 1 when a reader broke a promise; then the
 * smallest archive that does it is printed, with the seed that leads there again.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { hostileArchive } from '../../test/support/archive-fuzz/hostile-archive';
import { readHostile } from '../../test/support/archive-fuzz/read-hostile';

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
	});
	const seconds = numberOf('seconds', values.seconds);
	const seed = values.seed === undefined ? randomInt(2 ** 31) : numberOf('seed', values.seed);
	console.log(`Reading hostile archives for ${seconds} s, from seed ${seed} …`);
	let count = 0;
	const property = fc.asyncProperty(hostileArchive, async (chunks) => {
		count++;
		await readHostile(chunks);
	});
	const { counterexample, counterexamplePath, errorInstance } = await fc.check(property, {
		seed,
		numRuns: Number.MAX_SAFE_INTEGER,
		interruptAfterTimeLimit: seconds * 1_000,
		markInterruptAsFailure: false,
	});
	if (counterexample) {
		console.error(`After ${count} archives, at seed ${seed} and path ${counterexamplePath}:`);
		console.error(errorInstance);
		console.error(`The archive, base64: ${Buffer.concat(counterexample[0]).toString('base64')}`);
		process.exitCode = 1;
		return;
	}
	const peak = Math.round(process.resourceUsage().maxRSS / 1024);
	console.log(
		`${count} archives were read; every reader kept its promises. Peak memory: ${peak} MB.`,
	);
}

function numberOf(option: string, text: string): number {
	if (/^\d{1,9}$/.test(text)) return Number(text);
	throw new Error(`--${option} takes a whole number, and not ${JSON.stringify(text)}.`);
}

main().catch((error: unknown) => {
	console.error((error as Error).message);
	process.exitCode = 1;
});
