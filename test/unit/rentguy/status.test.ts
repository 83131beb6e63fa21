import fc from 'fast-check';

import { readStatus } from '../../../core/rentguy/status';

const NOW = new Date('2026-11-22T17:00:00Z');
const counts = { waiting: 1, active: 2, completed: 9, failed: 4, delayed: 8, paused: 16 };
const document = { configured: true, queueSize: 7, metrics: { retryAgeP95: 0, counts } };

describe('the status document', () => {
	it('is read with all that is pending', () => {
		expect(readStatus({ ...document, deadLetterCount: 3 })).toEqual({
			...{ configured: true, workspaceId: null, pending: 29, active: 2, failed: 4 },
			...{ pausedJobs: 16, deadLetters: 3, lastSuccess: null, lastError: null, nextJob: null },
		});
	});

	it('tells the age of the next job, which is none where the clocks differ', () => {
		const ageAt = (enqueuedAt: string) =>
			readStatus({ ...document, nextInQueue: { resource: 'leads', enqueuedAt } }, NOW)?.nextJob;
		expect(ageAt('2026-11-22T16:58:30.000Z')).toMatchObject({ ageSeconds: 90 });
		expect(ageAt('2026-11-22T18:00:30+01:00')).toMatchObject({ ageSeconds: 0 });
	});

	it('is readable without what is only good to know', () => {
		const odd = { workspaceId: 7, lastSyncSuccess: 'yesterday', nextInQueue: { enqueuedAt: 'x' } };
		expect(readStatus({ ...document, ...odd })).toMatchObject({ pending: 29, nextJob: null });
	});

	it.each([
		...[{}, null, 'ok', { status: 'ok' }, { ...document, queueSize: -1 }],
		...[
			{ ...document, configured: 'yes' },
			{ ...document, deadLetterCount: '3' },
		],
		{ ...document, metrics: { counts: { ...counts, failed: null } } },
	])('is told from anything else: %j', (body) => {
		expect(readStatus(body)).toBeUndefined();
	});

	it('never makes a number up, whatever it is given', () => {
		const anything = fc.jsonValue();
		const shape = fc.record(
			{
				...{ configured: fc.boolean(), queueSize: fc.oneof(fc.nat(), anything) },
				...{ metrics: fc.oneof(fc.record({ counts: anything }), anything), nextInQueue: anything },
				...{ lastSyncError: anything, lastSyncSuccess: anything, deadLetterCount: anything },
			},
			{ requiredKeys: [] },
		);
		fc.assert(
			fc.property(fc.oneof(shape, anything), (body) => {
				const status = readStatus(body);
				return status === undefined || Number.isInteger(status.pending);
			}),
		);
	});
});
