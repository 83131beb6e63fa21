import fc from 'fast-check';
import { ConfigurationError } from '../../../core/errors';
import { createBackupId } from '../../../core/repository/naming';
import {
	decideRetention,
	type KeepRules,
	type RetentionCandidate,
} from '../../../core/repository/retention';
import { modelOf } from './retention-model';

const NOW = new Date('2026-11-22T17:00:00Z');

function backupAt(
	at: Date | string,
	stores: { in?: string[]; proved?: string[] } = {},
): RetentionCandidate {
	const consistencyPoint = new Date(at);
	const id = createBackupId('shop', consistencyPoint);
	return { id, consistencyPoint, storedIn: stores.in ?? ['A'], provedIn: stores.proved ?? [] };
}

/** When each kept backup is from, and why it is kept. */
function kept(
	times: readonly (RetentionCandidate | string)[],
	rules: KeepRules,
	timeZone = 'UTC',
	now = NOW,
): Record<string, readonly string[]> {
	const backups = times.map((one) => (typeof one === 'string' ? backupAt(one) : one));
	return Object.fromEntries(
		decideRetention(backups, rules, { timeZone, now })
			.filter(({ reasons }) => reasons.length > 0)
			.map(({ backup, reasons }) => [backup.consistencyPoint.toISOString().slice(0, 16), reasons]),
	);
}

describe('the rules', () => {
	it('keep the newest of each unit, and add up', () => {
		const times = ['22T16:10', '22T16:05', '22T15:00', '21T23:59', '21T00:00', '20T12:00'];
		const all = times.map((time) => `2026-11-${time}Z`);
		expect(kept(all, { keepHourly: 2, keepDaily: 2 })).toEqual({
			'2026-11-22T16:10': ['hourly', 'daily', 'newest'],
			'2026-11-22T15:00': ['hourly'],
			'2026-11-21T23:59': ['daily'],
		});
		expect(kept(all, { keepLast: 2 })).toEqual({
			'2026-11-22T16:10': ['last', 'newest'],
			'2026-11-22T16:05': ['last'],
		});
	});

	it('keep the oldest where there is less than they may keep', () => {
		expect(
			kept(['2026-11-22T10:00Z', '2026-11-22T09:00Z', '2026-11-22T08:00Z'], { keepYearly: 3 }),
		).toEqual({
			'2026-11-22T10:00': ['yearly', 'newest'],
			'2026-11-22T08:00': ['yearly (oldest)'],
		});
		expect(kept(['2026-11-22T10:00Z'], { keepDaily: 3 })).toEqual({
			'2026-11-22T10:00': ['daily', 'newest'],
		});
	});

	it('begin their days in the given zone', () => {
		const night = ['2026-11-22T00:30Z', '2026-11-21T23:30Z', '2026-11-21T22:30Z'];
		expect(Object.keys(kept(night, { keepDaily: 2 }))).toEqual([
			'2026-11-22T00:30',
			'2026-11-21T23:30',
		]);
		expect(Object.keys(kept(night, { keepDaily: 2 }, 'Europe/Amsterdam'))).toEqual([
			'2026-11-22T00:30',
			'2026-11-21T22:30',
		]);
	});

	it('count the hour that is repeated in autumn twice', () => {
		const repeated = ['2026-10-25T01:30Z', '2026-10-25T00:30Z', '2026-10-24T23:30Z'];
		expect(kept(repeated, { keepHourly: 3 }, 'Europe/Amsterdam')).toMatchObject({
			'2026-10-25T01:30': ['hourly', 'newest'],
			'2026-10-25T00:30': ['hourly'],
			'2026-10-24T23:30': ['hourly'],
		});
	});

	it('know the hour of a zone that is half an hour off, and the day that a zone left out', () => {
		expect(
			Object.keys(
				kept(['2026-11-22T10:29Z', '2026-11-22T10:31Z'], { keepHourly: 2 }, 'Asia/Kolkata'),
			),
		).toHaveLength(2);
		// Samoa went from 29 to 31 December 2011.
		expect(
			Object.keys(
				kept(['2011-12-30T10:30Z', '2011-12-30T09:30Z'], { keepDaily: 2 }, 'Pacific/Apia'),
			),
		).toHaveLength(2);
	});

	it('know leap days, and weeks that lie in two years', () => {
		const days = ['2025-01-01', '2024-12-30', '2024-12-29', '2024-12-20'];
		const year = days.map((day) => `${day}T12:00Z`);
		expect(Object.keys(kept(year, { keepWeekly: 2 }))).toEqual([
			'2025-01-01T12:00',
			'2024-12-29T12:00',
		]);
		expect(
			Object.keys(
				kept(['2024-03-01T00:00Z', '2024-02-29T23:59Z', '2024-02-28T23:59Z'], { keepDaily: 3 }),
			),
		).toHaveLength(3);
	});

	it('count days back from the newest, not from now', () => {
		const old = ['2020-01-08T00:00Z', '2020-01-01T00:00Z', '2019-12-31T23:59Z'];
		expect(Object.keys(kept(old, { keepWithinDays: 7 }))).toEqual([
			'2020-01-08T00:00',
			'2020-01-01T00:00',
		]);
	});
});

describe('whatever the rules say', () => {
	it('the newest and the newest verified backup stay, in all stores together and in each', () => {
		const backups = [
			backupAt('2026-11-22T05:00Z', { in: ['A'] }),
			backupAt('2026-11-22T04:00Z', { in: ['A', 'B'], proved: ['A'] }),
			backupAt('2026-11-22T03:00Z', { in: ['A', 'B'], proved: ['A', 'B'] }),
			backupAt('2026-11-22T02:00Z', { in: ['A', 'B'], proved: ['A', 'B'] }),
		];
		expect(kept(backups, { keepLast: 1 })).toEqual({
			'2026-11-22T05:00': ['last', 'newest'],
			'2026-11-22T04:00': ['newest verified', 'newest in B'],
			'2026-11-22T03:00': ['newest verified in B'],
		});
	});

	it('backups of the future stay, and take no place', () => {
		const skewed = [
			'2036-01-01T02:00Z',
			'2036-01-01T01:00Z',
			'2026-11-22T16:00Z',
			'2026-11-22T15:00Z',
		];
		expect(kept(skewed, { keepLast: 1 })).toEqual({
			'2036-01-01T02:00': ['in the future'],
			'2036-01-01T01:00': ['in the future'],
			'2026-11-22T16:00': ['last', 'newest'],
		});
	});

	it.each([
		[{}, 'no keep rule'],
		[{ keepLast: 0, keepDaily: 0 }, 'no keep rule'],
		[{ keepLast: -1 }, 'whole number'],
		[{ keepLast: 3, keepDaily: 1.5 }, 'whole number'],
		[{ keepLast: NaN }, 'whole number'],
		[{ keepWithinDays: -1 }, 'days'],
	])('%j is refused', (rules, words) => {
		const decide = () => decideRetention([], rules, { timeZone: 'UTC', now: NOW });
		expect(decide).toThrow(ConfigurationError);
		expect(decide).toThrow(words);
	});

	it('a zone that nobody knows is refused', () => {
		expect(() => kept(['2026-11-22T10:00Z'], { keepLast: 1 }, 'Europe/Atlantis')).toThrow(
			'There is no time zone "Europe/Atlantis".',
		);
	});
});

const zones = [
	'UTC',
	'Europe/Amsterdam',
	'Asia/Kolkata',
	'Australia/Lord_Howe',
	'America/St_Johns',
];
const RULES = [
	...['keepLast', 'keepHourly', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'],
	'keepWithinDays',
] as const;
/** One rule or two: many at once hide what each of them does. */
const anyRules: fc.Arbitrary<KeepRules> = fc
	.uniqueArray(fc.tuple(fc.constantFrom(...RULES), fc.integer({ min: 1, max: 8 })), {
		...{ minLength: 1, maxLength: 2 },
		selector: ([rule]) => rule,
	})
	.map((rules) => Object.fromEntries(rules));
/** Close together, days apart or years apart; some of them ahead of the clock. */
const anyBackups = fc
	.tuple(
		fc.date({ min: new Date('2009-01-01'), max: new Date('2026-11-22'), noInvalidDate: true }),
		fc.constantFrom(1_000, 9_000, 80_000, 700_000, 9_000_000),
		fc.array(
			fc.record({
				// Without bias: half of all numbers would be next to 0.
				steps: fc.noBias(fc.integer({ min: 0, max: 30_000 })),
				in: fc.subarray(['A', 'B'], { minLength: 1 }),
				isProved: fc.boolean(),
			}),
			{ maxLength: 40, size: 'max' },
		),
	)
	.map(([start, seconds, steps]) => {
		const backups = steps.map((step) =>
			backupAt(
				new Date(Math.floor(start.getTime() / 1000 + (step.steps * seconds) / 1000) * 1000),
				{
					in: step.in,
					proved: step.isProved ? step.in.slice(0, 1) : [],
				},
			),
		);
		return [...new Map(backups.map((backup) => [backup.id, backup])).values()];
	});

it('decides as a plain model does', () => {
	fc.assert(
		fc.property(anyBackups, anyRules, fc.constantFrom(...zones), (backups, rules, timeZone) => {
			const decided = decideRetention(backups, rules, { timeZone, now: NOW });
			const ids = decided.flatMap(({ backup, reasons }) => (reasons.length > 0 ? [backup.id] : []));
			expect(new Set(ids)).toEqual(modelOf(backups, rules, timeZone, NOW));
			expect(decided).toHaveLength(backups.length);
		}),
		{ numRuns: 200 },
	);
});

it('keeps all that it has kept when it is asked again', () => {
	fc.assert(
		fc.property(anyBackups, anyRules, (backups, rules) => {
			const options = { timeZone: 'Europe/Amsterdam', now: NOW };
			const first = decideRetention(backups, rules, options).filter(
				(one) => one.reasons.length > 0,
			);
			const again = decideRetention(
				first.map(({ backup }) => backup),
				rules,
				options,
			);
			expect(again.every(({ reasons }) => reasons.length > 0)).toBe(true);
		}),
		{ numRuns: 200 },
	);
});
