import { randomInt } from 'node:crypto';

import { runRedisCampaign } from '../../support/crash/redis-campaign';

/** Each action at least once. */
const MOMENTS = 4;
/** To see a failure again: the seed is in the name of the test that failed. */
const seed = Number(process.env.CAMPAIGN_SEED ?? randomInt(1_000_000));

describe.each(['process', 'server'] as const)(
	'A snapshot or restore of Redis whose %s is killed',
	(victim) => {
		it(`loses nothing, and the next one works (CAMPAIGN_SEED=${seed})`, async () => {
			const rounds = await runRedisCampaign({ victim, seed, moments: MOMENTS });
			expect(rounds.filter(({ violations }) => violations.length > 0)).toEqual([]);
			expect(rounds.filter(({ killed }) => killed).length).toBeGreaterThan(MOMENTS / 2);
		});
	},
);
