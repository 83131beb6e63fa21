import { buildReport, type ReportRequest } from '../../../core/report/build-report';
import { summaryOf } from '../../../core/report/summary';
import type { Repository } from '../../../core/repository/repository';
import { type Listed, listIn, writeEvent } from '../../support/report/listed-backups';
import { MemoryStore } from '../repository/memory-store';

const NOW = new Date('2026-11-23T12:00:00Z');
const TARGETS = { rpoMinutes: 60, rtoMinutes: 240, rpo: [] };

const ago = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const repositoryOf = (...stores: MemoryStore[]): Repository => ({
	...{ stores, encryption: { kind: 'none' } },
});

/** Every half an hour for 31 days. */
const regular = (overrides: Partial<Listed> = {}): Listed[] =>
	Array.from({ length: 31 * 48 }, (_, index) => ({
		...{ component: 'postgres', name: 'mrdj', at: ago(10 + index * 30) },
		...{ verified: index === 0 ? (['readable', 'restored'] as const) : [] },
		...overrides,
	}));

async function reportOn(repository: Repository, request: Partial<ReportRequest> = {}) {
	return summaryOf(
		await buildReport(repository, {
			...{ windowDays: 30, targets: TARGETS, timeZone: 'Europe/Amsterdam', now: NOW },
			...request,
		}),
	);
}

async function reportOnListed(backups: Listed[], request: Partial<ReportRequest> = {}) {
	const store = new MemoryStore('directory');
	listIn(store, backups);
	return await reportOn(repositoryOf(store), request);
}

it('says that an empty repository is empty', async () => {
	const report = await reportOnListed([]);
	expect(report).toMatchObject({
		...{ verdict: 'empty', headline: 'The repository holds no backup.', components: [] },
		...{ exercises: [], warnings: [] },
	});
	expect(report.nextSteps[0]).toBe('Make a first backup, and verify it.');
});

it('finds a schedule that runs on time to meet its target', async () => {
	const report = await reportOnListed(regular());
	expect(report).toMatchObject({
		verdict: 'met',
		headline: 'The recovery point target is met, now and throughout the last 30 days.',
		components: [
			{
				...{ rpo: 'met', rpoTargetMinutes: 60, ageMinutes: 10, backups: 31 * 48 },
				...{ newestVerifiedAgeMinutes: 10, withinTargetPercent: 100, firstKnownAt: null },
				worstGap: { minutes: 30, open: false },
				verifiedAt: { readable: '2026-11-23T11:51:00.000Z', restored: '2026-11-23T11:51:00.000Z' },
			},
		],
	});
});

it('sees the gap of a night, and one that lasts', async () => {
	const night = regular().filter(({ at }) => at < ago(1440) || at > ago(1200));
	expect(await reportOnListed(night)).toMatchObject({
		verdict: 'attention',
		headline: 'Every target is met now, but in the last 30 days there were gaps: postgres mrdj.',
		components: [{ rpo: 'missed at times', worstGap: { minutes: 270, open: false } }],
	});
	const stopped = regular().filter(({ at }) => at <= ago(130));
	const report = await reportOnListed(stopped);
	expect(report).toMatchObject({
		verdict: 'missed',
		headline: '1 recovery point target of 1 is missed now: postgres mrdj.',
		components: [{ rpo: 'missed now', worstGap: { minutes: 130, open: true } }],
	});
	expect(report.nextSteps[0]).toMatch(/^Back up postgres mrdj now/);
});

it('counts from the first backup where the repository is younger than the window', async () => {
	const report = await reportOnListed(regular().slice(0, 10));
	expect(report).toMatchObject({
		verdict: 'met',
		components: [
			{
				...{ rpo: 'met since the first backup', withinTargetSinceFirstPercent: 100 },
				...{ firstKnownAt: ago(280).toISOString(), worstGapSinceFirst: { minutes: 30 } },
			},
		],
	});
});

it('misses a target for what has no backup at all', async () => {
	const rpo = [
		{ component: 'postgres', name: 'mrdj', minutes: 60 },
		{ component: 'postgres', name: 'crm', minutes: 60 },
		{ component: 'redis', minutes: 1440 },
		{ component: 'file', name: 'n8n', minutes: 0 },
	];
	const request = { targets: { ...TARGETS, rpo } };
	const report = await reportOnListed(regular(), request);
	expect(report).toMatchObject({
		verdict: 'missed',
		headline: '2 recovery point targets of 3 are missed now: postgres crm, redis.',
		rpoMissedNow: 2,
		components: [
			{ component: 'postgres', name: 'crm', rpo: 'missed now', backups: 0 },
			{ component: 'redis', name: '', rpo: 'missed now', newestBackupId: null },
			{ component: 'postgres', name: 'mrdj', rpo: 'met' },
		],
	});
	expect(report.nextSteps[0]).toMatch(/^Make a first backup of postgres crm/);

	const store = new MemoryStore('directory');
	listIn(store, regular());
	const away = new MemoryStore('bucket', { list: new Error('no route') });
	const partly = await reportOn(repositoryOf(store, away), request);
	expect(partly).toMatchObject({
		verdict: 'unknown',
		components: [{ name: 'crm', rpo: 'unknown' }, { component: 'redis', rpo: 'unknown' }, {}],
	});
});

it.each([
	['', ''],
	['Redis', ''],
	['redis', 'Main cache'],
])('refuses a target that no backup can meet: %j %j', async (component, name) => {
	const rpo = [{ component, name, minutes: 60 }];
	const report = reportOnListed(regular(), { targets: { ...TARGETS, rpo } });
	await expect(report).rejects.toThrow('which no backup can have');
});

it('lets no verification from the future put off the next restore test', async () => {
	const store = new MemoryStore('directory');
	const [id = ''] = listIn(store, regular());
	store.objects.set(`postgres/mrdj/${id}/verified-restored-20361123120000.json`, Buffer.from('{}'));
	store.objects.set(`postgres/mrdj/${id}/verified-readable-20261123120100.json`, Buffer.from('{}'));
	const { components } = await reportOn(repositoryOf(store));
	expect(components).toMatchObject([
		{ verifiedAt: { restored: '2026-11-23T11:51:00.000Z', readable: NOW.toISOString() } },
	]);
});

it('does not count what was never finished', async () => {
	const report = await reportOnListed([
		...regular().filter(({ at }) => at <= ago(130)),
		{ component: 'postgres', name: 'mrdj', at: ago(10), committed: false },
		{ component: 'redis', name: 'main', at: ago(10), committed: false },
	]);
	expect(report.components).toMatchObject([
		{ name: 'mrdj', rpo: 'missed now', unfinished: 1 },
		{ name: 'main', rpo: 'missed now', backups: 0, newestBackupId: null, ageMinutes: null },
	]);
});

it('holds each name against its own target, and files and safety snapshots against none', async () => {
	const report = await reportOnListed(
		[
			...regular(),
			{ component: 'file', name: 'managed.env', at: ago(99_000) },
			{ component: 'file', name: 'n8n-workflows', at: ago(2000) },
			{ component: 'redis', name: 'before-restore.main', at: ago(9000) },
		],
		{
			targets: {
				...TARGETS,
				rpo: [
					{ component: 'postgres', name: 'mrdj', minutes: 20 },
					{ component: 'file', name: 'n8n-workflows', minutes: 1440 },
				],
			},
		},
	);
	const found = report.components.map(({ name, rpo, rpoTargetMinutes }) => [
		...[name, rpo, rpoTargetMinutes],
	]);
	expect(found).toEqual([
		['n8n-workflows', 'missed now', 1440],
		['mrdj', 'missed at times', 20],
		['managed.env', 'no target', null],
		['before-restore.main', 'no target', null],
	]);
});

it('says when a store could not be asked, and calls unknown what it may hold', async () => {
	const near = new MemoryStore('directory /backups');
	const far = new MemoryStore('S3 bucket', { list: new Error('no route to host') });
	listIn(
		near,
		regular().filter(({ at }) => at <= ago(130)),
	);
	const report = await reportOn(repositoryOf(near, far));
	expect(report).toMatchObject({
		verdict: 'unknown',
		components: [{ rpo: 'unknown' }],
		warnings: ['S3 bucket could not be asked: no route to host'],
		stores: [{ label: 'directory /backups' }, { unavailable: 'no route to host' }],
	});
	expect(report.nextSteps[0]).toMatch(/Find out why S3 bucket could not be asked/);
});

it('does not trust a backup from the future, but a clock that is a little ahead', async () => {
	const wrong = await reportOnListed([...regular(), { ...regular()[0]!, at: ago(-600) }]);
	expect(wrong.components[0]).toMatchObject({ ageMinutes: 10 });
	expect(wrong.limits.join()).toMatch(/1 backup carries a time in the future/);
	const close = await reportOnListed([...regular(), { ...regular()[0]!, at: ago(-2) }]);
	expect(close.components[0]).toMatchObject({ ageMinutes: 0 });
});

it('wants the newest backup proved', async () => {
	expect(await reportOnListed(regular({ verified: ['stored'] }))).toMatchObject({
		verdict: 'attention',
		headline: 'The newest backup is not proved to be readable: postgres mrdj.',
	});
});

it('measures drills and incidents, and names what cannot be read', async () => {
	const store = new MemoryStore('directory');
	const repository = repositoryOf(store);
	listIn(store, regular());
	const at = (minutes: number) => ago(minutes).toISOString();
	await writeEvent(repository, {
		...{ incident: 'drill-q4', kind: 'drill', recordedAt: at(900), outcome: 'succeeded' },
		instants: { impactStart: at(1200), serviceHealthy: at(1100) },
		restoredBackups: [{ id: 'mrdj-20261122155000', consistencyPoint: at(1230), exact: true }],
	});
	const opened = { incident: 'incident-1', kind: 'incident' as const };
	await writeEvent(repository, {
		...{ ...opened, recordedAt: at(290) },
		instants: { impactStart: at(300) },
	});
	await writeEvent(repository, {
		...{ ...opened, recordedAt: at(280) },
		instants: { impactStart: at(310), declared: at(285) },
	});
	const damaged = await writeEvent(repository, { incident: 'odd', recordedAt: at(80) }, '{"a":1}');
	const newer = await writeEvent(
		...([repository, { incident: 'newer', recordedAt: at(70) }] as const),
		'{"eventVersion":2}',
	);
	const report = await reportOn(repository);
	expect(report).toMatchObject({
		...{ verdict: 'attention', headline: 'An incident is running: incident-1.' },
		exercises: [
			{
				...{ id: 'incident-1', running: true, records: 2, rtaMinutes: null, rtoMet: false },
				instants: { impactStart: at(300), declared: at(285) },
				notes: [expect.stringMatching(/A later record gives/)],
			},
			{
				id: 'drill-q4',
				running: false,
				rtaMinutes: 100,
				rtoMet: true,
				rpaMinutes: 30,
				rpoMet: true,
			},
		],
	});
	expect(report.warnings).toEqual([
		expect.stringMatching(new RegExp(`${newer}.*newer version.*Update this package`)),
		expect.stringContaining(damaged),
	]);
	expect(report.components.map(({ component }) => component)).toEqual(['postgres']);
});

it('tells how long a restore test took, and takes neither it nor an aborted drill for that of the quarter', async () => {
	const repository = repositoryOf(new MemoryStore('directory'));
	const at = (minutes: number) => ago(minutes).toISOString();
	const restored = { restoreStarted: at(63), dataRestored: at(60) };
	await writeEvent(repository, {
		...{ incident: 'test', recordedAt: at(60), outcome: 'succeeded', planParagraph: '§2' },
		instants: restored,
	});
	const tested = await reportOn(repository);
	expect(tested.exercises).toMatchObject([
		{ running: false, restoreMinutes: 3, rtaMinutes: null, rtoMet: null, rpaMinutes: null },
	]);
	const hold = 'Hold a drill and record it: none is recorded (plan §5: every quarter).';
	expect(tested.nextSteps).toContain(hold);

	await writeEvent(repository, {
		...{ incident: 'nothing', recordedAt: at(55), outcome: 'aborted', planParagraph: '§5' },
	});
	expect((await reportOn(repository)).nextSteps).toContain(hold);

	await writeEvent(repository, {
		...{ incident: 'drill', recordedAt: at(50), outcome: 'succeeded', planParagraph: '§5' },
	});
	const drilled = await reportOn(repository);
	expect(drilled.nextSteps).not.toContain(hold);
});

it('does not say that a backup from after the damage has met the target', async () => {
	const repository = repositoryOf(new MemoryStore('directory'));
	const at = (minutes: number) => ago(minutes).toISOString();
	const incident = async (name: string, ...minutes: number[]) =>
		await writeEvent(repository, {
			...{ incident: name, kind: 'incident', recordedAt: at(10), outcome: 'succeeded' },
			instants: { impactStart: at(300), serviceHealthy: at(200) },
			restoredBackups: minutes.map((one) => ({
				...{ id: `mrdj-${one}`, consistencyPoint: at(one), exact: true },
			})),
		});
	await incident('after', 290);
	await incident('both', 290, 310);
	await incident('before', 310);
	await incident('late', 290, 900);
	const { exercises } = await reportOn(repository);
	const met = exercises.map(({ id, rpaMinutes, rpoMet }) => [id, rpaMinutes, rpoMet]);
	expect(Object.fromEntries(met.map(([id, ...rest]) => [id, rest]))).toEqual({
		...{ after: [0, null], both: [10, null], before: [10, true], late: [600, false] },
	});
});

it('lists ten thousand backups in one pass, and opens none of them', async () => {
	const store = new MemoryStore('directory', { read: new Error('opened') });
	const backups = ['a', 'b', 'c', 'd'].flatMap((name) =>
		Array.from({ length: 2500 }, (_, index): Listed => {
			return { component: 'postgres', name, at: ago(5 + index * 10), verified: ['readable'] };
		}),
	);
	listIn(store, backups);
	const list = jest.spyOn(store, 'list');
	const report = await reportOn(repositoryOf(store));
	expect(report.components.map((one) => one.backups)).toEqual([2500, 2500, 2500, 2500]);
	expect(list).toHaveBeenCalledTimes(1);
});

it.each<[string, Partial<ReportRequest>, RegExp]>([
	['no days', { windowDays: 0 }, /cannot cover 0 days/],
	['too many days', { windowDays: 1e9 }, /cannot cover/],
	['a target below nothing', { targets: { ...TARGETS, rtoMinutes: -1 } }, /target is not a number/],
	['an unknown time zone', { timeZone: 'Europe/Atlantis' }, /no time zone "Europe\/Atlantis"/],
])('refuses %s before it asks any store', async (_name, request, message) => {
	const store = new MemoryStore('directory', { list: new Error('asked') });
	await expect(reportOn(repositoryOf(store), request)).rejects.toThrow(message);
});
