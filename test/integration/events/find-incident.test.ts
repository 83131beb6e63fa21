import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { IntegrityError, StoreError } from '../../../core/errors';
import { findIncident } from '../../../core/events/find-incident';
import { type EventInput, recordEvent } from '../../../core/events/record-event';
import { openRepository, type Repository } from '../../../core/repository/repository';
import type { Store } from '../../../core/repository/store';
import { writeBackup } from '../../../core/repository/write-backup';
import { writeEvent } from '../../support/report/listed-backups';
import { newKeyPair, requestFor } from '../../support/repository/sample-backup';
import { useTemporaryDirectory } from '../../support/repository/temporary-directory';
import { startS3Server } from '../../support/s3-server';
import { MemoryStore } from '../../unit/repository/memory-store';
import { settingsFor } from '../s3/setup';

const directory = useTemporaryDirectory();
let repository: Repository;

beforeEach(async () => {
	repository = openRepository({
		directory: { path: directory.path },
		encryption: await newKeyPair(),
	});
});

const at = (time: string) => `2026-11-${time}:00.000Z`;

const NOW = new Date(at('23T18:00'));

const DATABASE = 'incident-2026-11-23';

/** A drill that is over, an incident that still runs, and a test that was recorded after it. */
async function keepThree(): Promise<void> {
	const over = { incident: 'drill-q3', outcome: 'succeeded' as const };
	await writeEvent(repository, { ...over, recordedAt: at('20T12:00') });
	const incident = { kind: 'incident' as const, incident: DATABASE };
	await writeEvent(repository, {
		...{ ...incident, recordedAt: at('23T14:10'), title: 'The database is lost' },
		instants: { impactStart: at('23T14:00'), declared: at('23T14:08') },
		...{ who: 'Tech lead', notes: 'The server does not answer.', planParagraph: '§3.1' },
	});
	await writeEvent(repository, {
		...{ ...incident, recordedAt: at('23T14:30'), data: { step: 'Restore Postgres', tables: 9 } },
		...{ notes: 'The database is restored.', instants: { restoreStarted: at('23T14:20') } },
	});
	const test = { incident: 'test-restore', planParagraph: '§2' };
	await writeEvent(repository, { ...test, outcome: 'succeeded', recordedAt: at('23T16:00') });
}

it('tells all that is recorded of an incident by its ID, in the order in which it happened', async () => {
	await keepThree();
	const { history, warnings } = await findIncident(repository, ` ${DATABASE} `, { now: NOW });
	expect(warnings).toEqual([]);
	expect(history?.incident).toMatchObject({
		...{ kind: 'incident', incident: DATABASE, records: 2, title: 'The database is lost' },
		data: [{ step: 'Restore Postgres', tables: 9 }],
	});
	expect(history?.recovery).toMatchObject({ running: true, elapsedSeconds: 4 * 3600 });
	expect(history?.timeline).toEqual([
		{
			...{ at: at('23T14:00'), instant: 'impactStart' },
			what: 'The start of the impact (t0).',
		},
		{ at: at('23T14:08'), instant: 'declared', what: 'The declaration (t2).' },
		{
			...{ at: at('23T14:10'), what: 'The server does not answer.' },
			...{ who: 'Tech lead', planParagraph: '§3.1' },
		},
		{
			...{ at: at('23T14:20'), instant: 'restoreStarted' },
			what: 'The start of the restore (t3).',
		},
		{ at: at('23T14:30'), what: 'The database is restored.' },
	]);
});

it('finds the newest one that still runs, else the newest one', async () => {
	await keepThree();
	const running = await findIncident(repository, '', { now: NOW });
	expect(running.history?.incident.incident).toBe(DATABASE);
	await writeEvent(repository, {
		...{ kind: 'incident', incident: DATABASE, recordedAt: at('23T15:00') },
		instants: { serviceHealthy: at('23T14:50') },
	});
	const { history } = await findIncident(repository, '', { now: NOW });
	expect(history?.incident.incident).toBe('test-restore');
});

it('reads no record of another incident, and lists once', async () => {
	await keepThree();
	const [store] = repository.stores;
	const { watched, listed, read } = watch(store);
	const found = await findIncident({ ...repository, stores: [watched] }, DATABASE, { now: NOW });
	expect(found.history?.incident.records).toBe(2);
	expect(listed).toEqual([`event/${DATABASE}/`]);
	expect(read.length).toBeGreaterThan(0);
	expect(read.filter((key) => !key.startsWith(`event/${DATABASE}/`))).toEqual([]);
});

it('looks for one that still runs no further than ten incidents back', async () => {
	await writeEvent(repository, { incident: 'forgotten', recordedAt: at('01T12:00') });
	for (let day = 10; day < 20; day++) {
		const closed = { incident: `test-${day}`, outcome: 'succeeded' as const };
		await writeEvent(repository, { ...closed, recordedAt: at(`${day}T12:00`) });
	}
	const { history } = await findIncident(repository, '', { now: NOW });
	expect(history?.incident.incident).toBe('test-19');
});

it.each(['', 'incident-nobody-knows'])('finds nothing, without an error, for "%s"', async (id) => {
	await writeBackup(repository, requestFor(Buffer.from('data'), { name: 'incident-nobody-knows' }));
	expect(await findIncident(repository, id)).toEqual({ warnings: [] });
});

it('keeps the checksum of what was restored, also when the backup is gone', async () => {
	const backup = await writeBackup(repository, requestFor(Buffer.from('data')));
	const restored: EventInput = {
		...{ kind: 'incident', incident: DATABASE, instants: {}, restoredBackups: [backup.id] },
	};
	await recordEvent(repository, restored);
	await rm(join(directory.path, 'postgres'), { recursive: true });
	const { history } = await findIncident(repository, DATABASE);
	expect(history?.incident.restoredBackups).toEqual([
		{
			...{ id: backup.id, component: 'postgres', exact: true },
			consistencyPoint: backup.consistencyPoint,
			storedSha256: backup.payload.stored.sha256,
		},
	]);
});

it('tells what one store knows when the other is what was lost, with a warning', async () => {
	await keepThree();
	const lost = new MemoryStore('S3 bucket lost', { list: new Error('no route to host') });
	const both = { ...repository, stores: [lost, ...repository.stores] };
	const { history, warnings } = await findIncident(both, DATABASE);
	expect(history?.incident.records).toBe(2);
	expect(warnings).toEqual([expect.stringMatching(/S3 bucket lost.*no route to host/)]);
	const gone = { ...repository, stores: [lost] };
	await expect(findIncident(gone, DATABASE)).rejects.toBeInstanceOf(StoreError);
});

it('names a record that it cannot read, and never takes silence for an answer', async () => {
	await keepThree();
	const damaged = { kind: 'incident' as const, incident: DATABASE, recordedAt: at('23T17:00') };
	const id = await writeEvent(repository, damaged, '{"eventVersion": 1}');
	const { history, warnings } = await findIncident(repository, DATABASE, { now: NOW });
	expect(history?.incident.records).toBe(2);
	expect(warnings).toEqual([expect.stringContaining(id)]);
	const locked = { ...repository, encryption: await newKeyPair() };
	const unread = findIncident(locked, '', { now: NOW });
	await expect(unread).rejects.toBeInstanceOf(IntegrityError);
	await expect(unread).rejects.toThrow(/is recorded, but nothing of it could be read/);
});

it('is cancelled', async () => {
	await keepThree();
	const stop = new AbortController();
	stop.abort();
	await expect(findIncident(repository, '', { signal: stop.signal })).rejects.toThrow(/cancelled/);
});

it('finds an incident in an S3 bucket that the directory has lost', async () => {
	const server = await startS3Server();
	try {
		const { encryption } = repository;
		repository = openRepository({
			...{ directory: { path: directory.path }, s3: settingsFor(server), encryption },
		});
		await keepThree();
		await rm(join(directory.path, 'event'), { recursive: true });
		const { history, warnings } = await findIncident(repository, '', { now: NOW });
		expect(warnings).toEqual([]);
		expect(history?.incident).toMatchObject({ incident: DATABASE, records: 2 });
	} finally {
		await server.stop();
	}
});

/** A store that tells which prefixes were listed and which keys were read. */
function watch(store: Store | undefined) {
	if (store === undefined) throw new Error('There is no store.');
	const listed: string[] = [];
	const read: string[] = [];
	const watched = new Proxy(store, {
		get(target, property) {
			const value: unknown = Reflect.get(target, property);
			if (typeof value !== 'function') return value;
			return (...given: unknown[]): unknown => {
				const key = String(given[0]);
				if (property === 'list') listed.push(key);
				else read.push(key);
				return Reflect.apply(value, target, given);
			};
		},
	});
	return { watched, listed, read };
}
