import { randomInt } from 'node:crypto';

import { runCampaign } from '../../support/crash/campaign';

const MOMENTS = 7;
/** To see a failure again: the seed is in the name of the test that failed. */
const seed = Number(process.env.CAMPAIGN_SEED ?? randomInt(1_000_000));

describe.each([
	['built-in', 's3'],
	['native', 'directory'],
] as const)(
	'A process that is killed with the %s engines and a repository in %s',
	(engine, store) => {
		it(`loses nothing and blocks nothing (CAMPAIGN_SEED=${seed})`, async () => {
			const rounds = await runCampaign({ engine, store, seed, moments: MOMENTS });
			expect(rounds.filter(({ violations }) => violations.length > 0)).toEqual([]);
			expect(rounds.filter(({ killed }) => killed).length).toBeGreaterThan(MOMENTS / 2);
		});
	},
);
