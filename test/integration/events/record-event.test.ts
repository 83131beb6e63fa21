import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readEvents } from '../../../core/events/read-events';
import { type EventInput, recordEvent } from '../../../core/events/record-event';
import { ConfigurationError } from '../../../core/errors';
import { listBackups } from '../../../core/repository/catalogue';
import { openRepository, type Repository } from '../../../core/repository/repository';
import { writeBackup } from '../../../core/repository/write-backup';
import { everythingBelow } from '../../support/repository/files-below';
import { newKeyPair, requestFor } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';
import { MemoryStore } from '../../unit/repository/memory-store';

const directory = useTemporaryDirectory();
let repository: Repository;

beforeEach(async () => {
	repository = openRepository({
		directory: { path: directory.path },
		encryption: await newKeyPair(),
	});
});

const began = Date.now();
const minutesAgo = (minutes: number) => new Date(began - minutes * 60_000).toISOString();

const input = (overrides: Partial<EventInput> = {}): EventInput => ({
	...{ kind: 'incident', incident: 'incident-2026-11-23', instants: {}, restoredBackups: [] },
	...overrides,
});

const payloads = () => everythingBelow(directory.path);

const allRecords = async () => {
	const { backups } = await listBackups(repository, { component: 'event' });
	return await readEvents(repository, backups, 100);
};

it('keeps what is told, encrypted, and measures from the restored backup', async () => {
	const consistencyPoint = new Date(minutesAgo(100));
	const backup = await writeBackup(
		repository,
		requestFor(Buffer.from('data'), { consistencyPoint }),
	);
	const impactStart = minutesAgo(60);
	const told = { title: 'The disk is full', who: 'DevOps engineer', data: { ticket: 'OPS-7' } };
	const first = await recordEvent(
		repository,
		input({ ...told, instants: { impactStart }, restoredBackups: [backup.id] }),
	);
	expect(first).toMatchObject({
		...{ backupId: expect.stringMatching(/^incident-2026-11-23-\d{14}$/), warnings: [] },
		recovery: { running: true, rpaSeconds: 2400 },
		record: {
			restoredBackups: [
				{ component: 'postgres', consistencyPoint: backup.consistencyPoint, exact: true },
			],
		},
	});
	const later = await recordEvent(
		repository,
		input({ instants: { serviceHealthy: minutesAgo(15) }, outcome: 'succeeded' }),
	);
	expect(later).toMatchObject({
		incident: { records: 2, title: told.title, data: [told.data] },
		recovery: { running: false, rpaSeconds: 2400 },
	});
	expect(later.recovery.rtaSeconds).toBeCloseTo(45 * 60, 0);

	const { records, problems } = await allRecords();
	expect(records).toHaveLength(2);
	expect(problems).toEqual([]);
	for (const file of payloads().filter((path) => /\.(json|age)$/.test(path))) {
		expect(await readFile(join(directory.path, file), 'latin1')).not.toContain(told.title);
	}
});

it('keeps both of two that are recorded in the same second', async () => {
	const runs = ['one', 'other', 'third'].map(
		async (notes) => await recordEvent(repository, input({ notes })),
	);
	const ids = (await Promise.all(runs)).map(({ backupId }) => backupId);
	expect(new Set(ids).size).toBe(3);
	const { records } = await allRecords();
	expect(records.map(({ notes }) => notes).sort()).toEqual(['one', 'other', 'third']);
});

it('gives each one without an ID a new ID', async () => {
	const runs = [1, 2].map(async () => {
		return await recordEvent(repository, input({ kind: 'drill', incident: ' ' }));
	});
	const [one, other] = await Promise.all(runs);
	expect(one?.incident.incident).toMatch(/^drill-\d{4}-\d\d-\d\d-\d{6}$/);
	expect(one?.incident.incident).not.toBe(other?.incident.incident);
});

it.each([
	['an earlier record says otherwise', { instants: { detected: minutesAgo(90) } }, /lies before/],
	['the drill was an incident', { kind: 'drill' as const }, /recorded as incident, not as drill/],
	['a backup has no ID', { restoredBackups: ['the newest'] }, /is not the id of a backup/],
	['it is too large', { data: 'x'.repeat(1024 * 1024) }, /larger than 1 MB/],
	['it lies in the future', { instants: { detected: minutesAgo(-60) } }, /in the future/],
])('refuses a record, and writes nothing, when %s', async (_why, overrides, message) => {
	await recordEvent(repository, input({ instants: { impactStart: minutesAgo(60) } }));
	const before = payloads();
	const refused = recordEvent(repository, input(overrides));
	await expect(refused).rejects.toThrow(message);
	await expect(refused).rejects.toBeInstanceOf(ConfigurationError);
	expect(payloads()).toEqual(before);
});

it('reports another value for an instant, and lets the first one stand', async () => {
	const impactStart = minutesAgo(60);
	await recordEvent(repository, input({ instants: { impactStart } }));
	const { incident } = await recordEvent(
		repository,
		input({ instants: { impactStart: minutesAgo(50) } }),
	);
	expect(incident.instants).toEqual({ impactStart });
	expect(incident.conflicts).toEqual([expect.stringMatching(/the first one, .*, stands/)]);
});

it('takes the time from the ID of a backup that is gone, and says so', async () => {
	const { record, warnings } = await recordEvent(
		repository,
		input({ restoredBackups: ['mrdj-20261101120000'] }),
	);
	expect(record.restoredBackups).toEqual([
		{ id: 'mrdj-20261101120000', consistencyPoint: '2026-11-01T12:00:00.000Z', exact: false },
	]);
	expect(warnings).toEqual([expect.stringMatching(/holds no backup mrdj-20261101120000/)]);
});

it('names a damaged record, and reads the others', async () => {
	const damaged = await recordEvent(repository, input({ notes: 'damaged' }));
	await recordEvent(repository, input({ notes: 'whole' }));
	const payload = payloads().find((file) =>
		file.includes(`${damaged.backupId}/${damaged.backupId}-`),
	);
	const path = join(directory.path, payload ?? '');
	const bytes = await readFile(path);
	bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 1;
	await writeFile(path, bytes);
	const { records, problems } = await allRecords();
	expect(records.map(({ notes }) => notes)).toEqual(['whole']);
	expect(problems).toEqual([expect.stringContaining(damaged.backupId)]);
});

it('is kept when one of the stores is what was lost, with a warning', async () => {
	const lost = new MemoryStore('S3 bucket lost', { createWriter: new Error('no route to host') });
	const both = { ...repository, stores: [lost, ...repository.stores] };
	const { storedIn, warnings } = await recordEvent(both, input());
	expect(storedIn).toEqual([`directory ${directory.path}`]);
	expect(warnings).toEqual([expect.stringMatching(/S3 bucket lost.*no route to host/)]);
});

it('keeps nothing when it is cancelled', async () => {
	const stop = new AbortController();
	stop.abort();
	const cancelled = recordEvent(repository, input(), { signal: stop.signal });
	await expect(cancelled).rejects.toThrow(/cancelled/);
	expect(payloads()).toEqual([]);
});
