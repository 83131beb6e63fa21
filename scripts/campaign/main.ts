/**
 * `npm run campaign -- [--seed=N] [--moments=50] [--only=TEXT]`: kills the process that dumps and
 * restores, again and again and at moments that the seed decides: Postgres with both engines and both
 * kinds of repository, and Redis, where the server is killed too. Prints a line for each kill. `--only`
 * takes the combinations whose name has this text in it. Exit code 0: nothing was lost, blocked or
 * left; 1: something was.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

import { type Round, runCampaign } from '../../test/support/crash/campaign';
import { type RedisRound, runRedisCampaign } from '../../test/support/crash/redis-campaign';

interface Options {
	seed: number;
	moments: number;
	onRound: (round: Round | RedisRound) => void;
}

const COMBINATIONS: Record<string, (options: Options) => Promise<(Round | RedisRound)[]>> = {
	'Postgres, built-in engines, repository in directory': (options) =>
		runCampaign({ engine: 'built-in', store: 'directory', ...options }),
	'Postgres, built-in engines, repository in s3': (options) =>
		runCampaign({ engine: 'built-in', store: 's3', ...options }),
	'Postgres, native engines, repository in directory': (options) =>
		runCampaign({ engine: 'native', store: 'directory', ...options }),
	'Postgres, native engines, repository in s3': (options) =>
		runCampaign({ engine: 'native', store: 's3', ...options }),
	'Redis, the process is killed': (options) => runRedisCampaign({ victim: 'process', ...options }),
	'Redis, the server is killed': (options) => runRedisCampaign({ victim: 'server', ...options }),
};

async function main(): Promise<number> {
	const { values } = parseArgs({
		options: {
			seed: { type: 'string' },
			moments: { type: 'string', default: '50' },
			only: { type: 'string', default: '' },
		},
	});
	const seed = Number(values.seed ?? randomInt(1_000_000));
	const moments = Number(values.moments);
	const chosen = Object.entries(COMBINATIONS).filter(([name]) => name.includes(values.only));
	if (!Number.isInteger(seed) || !Number.isInteger(moments) || moments < 1) {
		console.error('--seed and --moments take whole numbers.');
		return 2;
	}
	if (chosen.length === 0) {
		console.error(`--only takes a part of one of these:\n${Object.keys(COMBINATIONS).join('\n')}`);
		return 2;
	}
	console.log(`Seed ${seed}, ${moments} moments for each of ${chosen.length} combinations.`);
	let violated = 0;
	for (const [name, run] of chosen) {
		console.log(`\n${name}`);
		let number = 0;
		const onRound = (round: Round | RedisRound) => console.log(line(++number, round));
		const rounds = await run({ seed, moments, onRound });
		violated += rounds.filter(({ violations }) => violations.length > 0).length;
	}
	console.log(violated === 0 ? '\nNothing was violated.' : `\nViolated in ${violated} rounds.`);
	return violated === 0 ? 0 : 1;
}

function line(number: number, round: Round | RedisRound): string {
	const { action, moment, killed, left, violations } = round;
	const verdict = violations.length === 0 ? 'ok' : `VIOLATED ${violations.join('; ')}`;
	const cells = [String(number).padStart(4), action.padEnd(19), moment.padEnd(30)];
	return [...cells, (killed ? 'killed' : 'ended').padEnd(6), verdict, left].join('  ');
}

void main().then((exitCode) => {
	process.exitCode = exitCode;
});
