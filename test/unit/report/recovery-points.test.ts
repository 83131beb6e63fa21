import fc from 'fast-check';
import { ageOverTime, measureCoverage } from '../../../core/report/recovery-points';

const MINUTE = 60_000;
const at = (minutes: number) => minutes * MINUTE;
const HOUR = 3600;

/** From 10 h to 20 h after the epoch. */
const WINDOW = { from: at(600), to: at(1200) };

describe('coverage of a window', () => {
	it('is what a person works out by hand', () => {
		// Gaps: 9:30 (before the window) to 10:30, to 13:00, to 19:40, and 20 minutes until now.
		const points = [at(570), at(630), at(780), at(1180)];
		const { withinTarget, ...found } = measureCoverage(points, WINDOW, HOUR);
		const worst = { seconds: 400 * 60, from: at(780), to: at(1180), open: false };
		expect(found).toEqual({
			...{ newest: at(1180), ageSeconds: 20 * 60, worstGap: worst, worstGapSinceFirst: worst },
			withinTargetSinceFirst: withinTarget,
		});
		// 10:00 to 10:30, and then an hour, an hour and 20 minutes: 170 of 600.
		expect(withinTarget).toBeCloseTo(170 / 600);
	});

	it('counts a gap in whole that began before the window', () => {
		const { worstGap } = measureCoverage([at(0), at(601)], WINDOW, HOUR);
		expect(worstGap).toEqual({ seconds: 601 * 60, from: at(0), to: at(601), open: false });
	});

	it('counts the gap that lasts until now', () => {
		const { worstGap, ageSeconds } = measureCoverage([at(590), at(610)], WINDOW, HOUR);
		expect(worstGap).toEqual({ seconds: 590 * 60, from: at(610), to: at(1200), open: true });
		expect(ageSeconds).toBe(590 * 60);
	});

	it('begins at the window where no older backup is known, and says so', () => {
		const found = measureCoverage([at(1140), at(1170)], WINDOW, HOUR);
		expect(found.worstGap).toEqual({ seconds: 540 * 60, to: at(1140), open: false });
		expect(found.worstGapSinceFirst).toMatchObject({ seconds: 30 * 60 });
		expect(found.firstKnown).toBe(at(1140));
		expect(found.withinTarget).toBeCloseTo(60 / 600);
		expect(found.withinTargetSinceFirst).toBe(1);
	});

	it('is one gap from end to end without a backup', () => {
		expect(measureCoverage([], WINDOW, HOUR)).toEqual({
			worstGap: { seconds: 600 * 60, to: at(1200), open: true },
			withinTarget: 0,
		});
	});

	it('leaves out what lies in the future, and takes twins for one', () => {
		const once = measureCoverage([at(700)], WINDOW, HOUR);
		expect(measureCoverage([at(1300), at(700), at(700)], WINDOW, HOUR)).toEqual(once);
	});

	const points = fc.array(fc.integer({ min: 0, max: 1200 }).map(at), { maxLength: 30 });

	it('has the worst gap and the share that looking at every minute finds', () => {
		fc.assert(
			fc.property(points, fc.integer({ min: 1, max: 700 }), (all, target) => {
				const found = measureCoverage(all, WINDOW, target * 60);
				const ages = Array.from({ length: 600 }, (_, index) => {
					// Within a minute the age is the highest at its end.
					const start = WINDOW.from + at(index);
					const last = Math.max(...all.filter((point) => point <= start));
					return (start + MINUTE - last) / 1000;
				});
				const within = ages.filter((age) => age <= target * 60).length / 600;
				expect(found.withinTarget).toBeCloseTo(within);
				const worst = Math.max(...ages.filter(Number.isFinite), 0);
				expect(found.worstGapSinceFirst?.seconds ?? 0).toBe(worst);
			}),
		);
	});

	it('never gets worse by one more backup', () => {
		fc.assert(
			fc.property(points, fc.integer({ min: 0, max: 1200 }).map(at), (all, more) => {
				const before = measureCoverage(all, WINDOW, HOUR);
				const after = measureCoverage([...all, more], WINDOW, HOUR);
				expect(after.withinTarget).toBeGreaterThanOrEqual((before.withinTarget ?? 0) - 1e-9);
				// Before the first known backup, the time that has no backup is not known in whole.
				if (before.newest !== undefined && before.firstKnown === undefined) {
					expect(after.worstGap.seconds).toBeLessThanOrEqual(before.worstGap.seconds);
				}
			}),
		);
	});

	it('is the same in a picture: its highest bar is the worst gap', () => {
		fc.assert(
			fc.property(points, fc.integer({ min: 1, max: 90 }), (all, count) => {
				const bars = ageOverTime(all, WINDOW, count);
				expect(bars).toHaveLength(count);
				expect(bars[0]?.from).toBe(WINDOW.from);
				expect(bars.at(-1)?.to).toBe(WINDOW.to);
				const highest = Math.max(0, ...bars.map(({ worstSeconds }) => worstSeconds ?? 0));
				const { worstGapSinceFirst } = measureCoverage(all, WINDOW);
				expect(highest).toBe(worstGapSinceFirst?.seconds ?? 0);
			}),
		);
	});
});
