import type { CatalogueEntry } from '../../../core/repository/catalogue';
import type { VerificationLevel } from '../../../core/repository/keys';
import type { StorePlace } from '../../../core/repository/store';
import { scoreOf } from '../../../core/report/score';

const NOW = new Date('2026-11-23T12:00:00Z');

const newest = (storedIn: string[], verified: VerificationLevel[] = []): CatalogueEntry => ({
	...{ component: 'postgres', name: 'mrdj', id: 'mrdj-20261123110000', committed: true },
	...{ consistencyPoint: new Date('2026-11-23T11:00:00Z'), storedBytes: 1, storedIn },
	provedIn: verified.length > 0 ? storedIn : [],
	verifications: verified.map((level) => ({ level, at: NOW })),
});

const store = (label: string, place?: StorePlace) => ({ label, ...(place && { place }) });
const DIRECTORY = store('directory', { kind: 'directory' });
const AWS = store('bucket', { kind: 's3' });
const LOCKED = store('bucket', { kind: 's3', lockedDays: 30 });

const kept = (...args: Parameters<typeof scoreOf>) =>
	Object.fromEntries(Object.entries(scoreOf(...args)).map(([rule, found]) => [rule, found.kept]));

it.each([
	['a directory alone', [DIRECTORY], ['no', 'no', 'no', 'no', 'yes']],
	['S3 alone', [AWS], ['no', 'no', 'yes', 'unknown', 'yes']],
	['a directory and S3', [DIRECTORY, AWS], ['yes', 'yes', 'yes', 'unknown', 'yes']],
	['both, locked', [DIRECTORY, LOCKED], ['yes', 'yes', 'yes', 'yes', 'yes']],
	['a place that nobody knows', [store('x')], ['no', 'unknown', 'unknown', 'unknown', 'yes']],
])('%s', (_name, stores, expected) => {
	const labels = stores.map(({ label }) => label);
	const score = kept(newest(labels, ['readable']), { stores, unavailable: [] }, NOW);
	expect(Object.values(score)).toEqual(expected);
});

it('leaves open what may lie in a store that could not be asked', () => {
	const seen = { stores: [DIRECTORY, AWS], unavailable: ['bucket'] };
	expect(kept(newest(['directory'], ['readable']), seen, NOW)).toEqual({
		...{ copies: 'unknown', media: 'unknown', offSite: 'unknown', immutable: 'unknown' },
		proved: 'yes',
	});
});

it.each<[host: string | undefined, kept: string]>([
	[undefined, 'yes'],
	['s3.example.com', 'yes'],
	['203.0.113.7', 'yes'],
	['localhost', 'no'],
	['127.0.0.1', 'no'],
	['[::1]', 'no'],
	['minio', 'unknown'],
	['nas.local', 'unknown'],
	['10.0.0.7', 'unknown'],
	['172.20.0.2', 'unknown'],
	['[fd00::7]', 'unknown'],
])('S3 at %s counts as off site: %s', (host, expected) => {
	const stores = [store('bucket', { kind: 's3', ...(host !== undefined && { host }) })];
	expect(scoreOf(newest(['bucket']), { stores, unavailable: [] }, NOW).offSite.kept).toBe(expected);
});

it('does not count a lock that has run out', () => {
	const stores = [store('bucket', { kind: 's3', lockedDays: 1 })];
	const old = { ...newest(['bucket']), consistencyPoint: new Date('2026-11-21T11:00:00Z') };
	expect(scoreOf(old, { stores, unavailable: [] }, NOW).immutable).toMatchObject({
		...{ kept: 'no', reason: expect.stringMatching(/has run out/) as unknown },
	});
});

it.each<[VerificationLevel[], string]>([
	[[], 'no'],
	[['stored'], 'no'],
	[['stored', 'readable'], 'yes'],
	[['restored'], 'yes'],
	[['smoke'], 'yes'],
])('%j is proof: %s', (levels, expected) => {
	const score = scoreOf(
		newest(['directory'], levels),
		{ stores: [DIRECTORY], unavailable: [] },
		NOW,
	);
	expect(score.proved.kept).toBe(expected);
});
