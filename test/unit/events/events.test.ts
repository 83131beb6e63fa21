import fc from 'fast-check';
import type { EventRecord } from '../../../core/events/event';
import { assertInstants, INSTANTS, type Instants } from '../../../core/events/instants';
import { mergeEvents } from '../../../core/events/merge';
import { parseInstant } from '../../../core/events/parse-instant';
import { measureRecovery } from '../../../core/events/recovery';

const NOW = new Date('2026-11-23T18:00:00.000Z');
const at = (time: string) => `2026-11-23T${time}:00.000Z`;

const record = (overrides: Partial<EventRecord>): EventRecord => ({
	...{ eventVersion: 1, kind: 'incident', incident: 'incident-2026-11-23' },
	...{ recordedAt: at('12:00'), instants: {}, restoredBackups: [] },
	...overrides,
});

describe('the instants of a record', () => {
	it('are taken in order, equal ones and gaps included', () => {
		expect(() =>
			assertInstants(
				{ impactStart: at('09:00'), detected: at('09:00'), serviceHealthy: at('11:00') },
				NOW,
			),
		).not.toThrow();
	});

	it('are refused out of order, also across a gap', () => {
		const instants = { impactStart: at('09:00'), serviceHealthy: at('08:59') };
		expect(() => assertInstants(instants, NOW)).toThrow(
			/return of the service \(t5\).*before the start of the impact \(t0\)/,
		);
	});

	it('are refused in the future, but for what clocks differ by', () => {
		expect(() => assertInstants({ detected: '2026-11-23T18:01:30.000Z' }, NOW)).not.toThrow();
		expect(() => assertInstants({ detected: '2026-11-23T18:02:01.000Z' }, NOW)).toThrow(
			/lies in the future/,
		);
	});
});

describe('several records of one incident', () => {
	const first = record({ recordedAt: at('12:00'), instants: { impactStart: at('10:00') } });
	const second = record({
		...{ recordedAt: at('13:00'), who: 'DevOps engineer', notes: 'The disk is full.' },
		instants: { impactStart: at('09:30'), restoreStarted: at('12:30') },
		outcome: 'partly',
	});
	const third = record({
		...{ recordedAt: at('14:00'), who: 'DevOps engineer', outcome: 'succeeded' },
		instants: { serviceHealthy: at('13:45') },
	});

	it('add to each other, and the first word about an instant stands', () => {
		const merged = mergeEvents([third, first, second]);
		expect(merged).toMatchObject({
			instants: {
				...{ impactStart: at('10:00'), restoreStarted: at('12:30') },
				serviceHealthy: at('13:45'),
			},
			...{ outcome: 'succeeded', who: ['DevOps engineer'], notes: ['The disk is full.'] },
			...{ records: 3, firstRecordedAt: at('12:00'), lastRecordedAt: at('14:00') },
			conflicts: [expect.stringMatching(/2026-11-23T09:30.*the first one, .*10:00.* stands/)],
		});
	});

	it('come to the same in any order', () => {
		const expected = mergeEvents([first, second, third]);
		fc.assert(
			fc.property(fc.shuffledSubarray([first, second, third], { minLength: 3 }), (records) => {
				expect(mergeEvents(records)).toEqual(expected);
			}),
		);
	});

	it('tell of several restores, of which the first began the restore', () => {
		const restores = ['12:00', '12:40'].map((time) =>
			record({ recordedAt: at(time), instants: { restoreStarted: at(time) } }),
		);
		expect(mergeEvents(restores)).toMatchObject({
			...{ instants: { restoreStarted: at('12:00') }, conflicts: [] },
		});
		const earlier = record({ recordedAt: at('13:00'), instants: { restoreStarted: at('11:00') } });
		expect(mergeEvents([...restores, earlier]).conflicts).toEqual([
			expect.stringMatching(/12:00.*stands/),
		]);
	});

	it('say so when two runs together have put time out of order', () => {
		const one = record({ instants: { impactStart: at('11:00') } });
		const other = record({ instants: { detected: at('10:00') } });
		expect(mergeEvents([one, other]).conflicts).toEqual([expect.stringMatching(/lies before/)]);
	});

	it('never lose the earliest value of any instant', () => {
		const times = fc.integer({ min: 0, max: 1000 }).map((n) => new Date(n * 60_000).toISOString());
		const instants = fc
			.dictionary(fc.constantFrom(...INSTANTS), times)
			.map((found) => found as Instants);
		fc.assert(
			fc.property(fc.array(instants, { minLength: 1, maxLength: 6 }), (all) => {
				const records = all.map((one, index) =>
					record({ recordedAt: new Date(1e12 + index * 1000).toISOString(), instants: one }),
				);
				const merged = mergeEvents(records);
				for (const name of INSTANTS) {
					expect(merged.instants[name]).toBe(all.find((one) => one[name])?.[name]);
				}
			}),
		);
	});
});

describe('RTA and RPA', () => {
	const restored = (id: string, consistencyPoint: string) => ({
		...{ id, consistencyPoint, exact: true },
	});

	it('are what a person works out by hand', () => {
		const incident = mergeEvents([
			record({
				instants: {
					...{ impactStart: at('10:00'), declared: at('10:20'), restoreStarted: at('10:30') },
					...{ dataRestored: at('11:00'), serviceHealthy: at('11:45') },
				},
				restoredBackups: [
					restored('mrdj-20261123093000', at('09:30')),
					restored('redis-20261123084500', at('08:45')),
				],
				outcome: 'succeeded',
			}),
		]);
		expect(measureRecovery(incident, NOW)).toEqual({
			running: false,
			rtaSeconds: 105 * 60,
			rtaFromDeclaredSeconds: 85 * 60,
			restoreSeconds: 30 * 60,
			rpaSeconds: 75 * 60,
			notes: [],
		});
	});

	it('are left out while they cannot be known', () => {
		const incident = mergeEvents([record({ instants: { impactStart: at('16:00') } })]);
		expect(measureRecovery(incident, NOW)).toEqual({
			...{ running: true, elapsedSeconds: 2 * 3600, notes: [] },
		});
		const nothing = measureRecovery(mergeEvents([record({})]), NOW);
		expect(nothing).toEqual({
			running: true,
			notes: [expect.stringMatching(/\(t0\) is not recorded/)],
		});
	});

	it('say so when a backup from after the damage was restored', () => {
		const incident = mergeEvents([
			record({
				instants: { impactStart: at('10:00') },
				restoredBackups: [restored('mrdj-20261123101500', at('10:15'))],
			}),
		]);
		expect(measureRecovery(incident, NOW)).toMatchObject({
			rpaSeconds: 0,
			notes: ['mrdj-20261123101500 was made after the impact had begun, and may hold the damage.'],
		});
	});
});

describe('a time without an offset', () => {
	const AMSTERDAM = 'Europe/Amsterdam';

	it.each([
		['2026-11-23T14:05', '2026-11-23T13:05:00.000Z'],
		['2026-07-01T14:05:30', '2026-07-01T12:05:30.000Z'],
		['2026-11-23 14:05', '2026-11-23T13:05:00.000Z'],
		// The hour that happens twice: the first one. The hour that is leapt over: from before the leap.
		['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
		['2026-10-25T03:00', '2026-10-25T02:00:00.000Z'],
		['2026-03-29T02:30', '2026-03-29T01:30:00.000Z'],
		['2026-03-29T03:00', '2026-03-29T01:00:00.000Z'],
		['2026-11-23T14:05:00+05:30', '2026-11-23T08:35:00.000Z'],
		['2026-11-23T14:05:00.000Z', '2026-11-23T14:05:00.000Z'],
	])('%s is of the zone of the workflow', (text, instant) => {
		expect(parseInstant(text, AMSTERDAM, 'T1').toISOString()).toBe(instant);
	});

	it.each(['', 'yesterday', '2026-13-01T10:00', '2026-11-23', '23-11-2026 10:00'])(
		'%j is refused by its title',
		(text) => {
			expect(() => parseInstant(text, AMSTERDAM, 'T1 Detected')).toThrow(
				/^T1 Detected is not a date and time/,
			);
		},
	);
});
