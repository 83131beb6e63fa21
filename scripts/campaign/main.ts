/**
 * `npm run campaign -- [--seed=N] [--moments=50]`: kills the process that dumps and restores, again and
 * again and at moments that the seed decides, with both engines and both kinds of repository. Prints
 * a line for each kill. Exit code 0: nothing was lost, blocked or left; 1: something was.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

import { type Round, runCampaign } from '../../test/support/crash/campaign';

const COMBINATIONS = [
	['built-in', 'directory'],
	['built-in', 's3'],
	['native', 'directory'],
	['native', 's3'],
] as const;

async function main(): Promise<number> {
	const { values } = parseArgs({
		options: { seed: { type: 'string' }, moments: { type: 'string', default: '50' } },
	});
	const seed = Number(values.seed ?? randomInt(1_000_000));
	const moments = Number(values.moments);
	if (!Number.isInteger(seed) || !Number.isInteger(moments) || moments < 1) {
		console.error('--seed and --moments take whole numbers.');
		return 2;
	}
	console.log(
		`Seed ${seed}, ${moments} moments for each of ${COMBINATIONS.length} combinations.\n`,
	);
	let violated = 0;
	for (const [engine, store] of COMBINATIONS) {
		console.log(`${engine} engines, repository in ${store}`);
		let number = 0;
		const onRound = (round: Round) => console.log(line(++number, round));
		const rounds = await runCampaign({ engine, store, seed, moments, onRound });
		violated += rounds.filter(({ violations }) => violations.length > 0).length;
	}
	console.log(violated === 0 ? '\nNothing was violated.' : `\nViolated in ${violated} rounds.`);
	return violated === 0 ? 0 : 1;
}

function line(number: number, { action, moment, killed, left, violations }: Round): string {
	const verdict = violations.length === 0 ? 'ok' : `VIOLATED ${violations.join('; ')}`;
	const cells = [String(number).padStart(4), action.padEnd(8), moment.padEnd(30)];
	return [...cells, (killed ? 'killed' : 'ended').padEnd(6), verdict, left].join('  ');
}

void main().then((exitCode) => {
	process.exitCode = exitCode;
});
