import { Readable } from 'node:stream';
import { ConfigurationError, ConflictError, StoreError } from '../errors';
import { cancelled } from '../repository/cancellation';
import { type Catalogue, listBackups } from '../repository/catalogue';
import { PartialBackupError } from '../repository/commit';
import { EVENT_COMPONENT } from '../repository/keys';
import type { Manifest } from '../repository/manifest';
import { backupNameFor, createBackupId } from '../repository/naming';
import { nextSecond } from '../repository/next-second';
import { reasonOf } from '../repository/reason';
import type { Repository } from '../repository/repository';
import { tool } from '../repository/tool';
import { writeBackup } from '../repository/write-backup';
import { EVENT_VERSION, type EventRecord, eventSchema, type RestoredBackup } from './event';
import { assertInstants, type Instants } from './instants';
import { type Incident, mergeEvents } from './merge';
import { LARGEST_EVENT, readEvents } from './read-events';
import { measureRecovery, type Recovery } from './recovery';
import { findRestoredBackups } from './restored-backups';

/** Runs that want the same second take turns; with more at once something else is wrong. */
const MOST_ATTEMPTS = 20;

/** An incident has some records; beyond this many the oldest are not compared. */
const MOST_EARLIER = 200;

/** What somebody has to tell about a drill or incident. */
export interface EventInput extends Pick<
	EventRecord,
	'kind' | 'title' | 'planParagraph' | 'scenario' | 'outcome' | 'who' | 'notes' | 'data'
> {
	/** The same for all its records; a new one is made where it is missing. */
	incident?: string;
	instants: Instants;
	/** Ids of the backups that were restored. */
	restoredBackups: readonly string[];
}

export interface RecordedEvent {
	backupId: string;
	/** Labels of the stores that have the record. */
	storedIn: readonly string[];
	record: EventRecord;
	/** Everything that is recorded of it so far. */
	incident: Incident;
	recovery: Recovery;
	warnings: string[];
}

/**
 * Stores one record about a drill or an incident in all stores, for good. A store that fails is a
 * warning as long as another one has the record: in an incident one of them may be what was lost.
 *
 * Rejects with `ConfigurationError`, before anything is written, where instants are out of order,
 * also with those of earlier records, or in the future; else as `writeBackup` does.
 */
export async function recordEvent(
	repository: Repository,
	input: EventInput,
	run: { signal?: AbortSignal; n8n?: Manifest['n8n'] } = {},
): Promise<RecordedEvent> {
	const { signal } = run;
	const { incident: given, restoredBackups, ...told } = input;
	assertInstants(told.instants, new Date());
	const { restored, warnings } = await findRestoredBackups(repository, restoredBackups, signal);
	const fixed = given?.trim() ? backupNameFor(given.trim()) : undefined;
	const earlier =
		fixed === undefined ? [] : await earlierRecords(repository, fixed, warnings, signal);
	for (let attempt = 1; ; attempt++) {
		const at = new Date();
		const name = fixed ?? generatedName(told.kind, at);
		const record = describe(told, name, restored, at);
		const incident = mergeEvents([...earlier, record]);
		assertAgrees(record, earlier);
		try {
			const { id, storedIn } = await write(repository, record, at, run, warnings);
			const recovery = measureRecovery(incident, at);
			return { backupId: id, storedIn, record, incident, recovery, warnings };
		} catch (error) {
			if (!(error instanceof ConflictError) || attempt === MOST_ATTEMPTS) throw error;
			// Another run has this second.
			await nextSecond(at, signal).catch(() => {
				throw cancelled('Recording the event');
			});
		}
	}
}

function describe(
	told: Omit<EventInput, 'incident' | 'restoredBackups'>,
	incident: string,
	restoredBackups: RestoredBackup[],
	at: Date,
): EventRecord {
	const record = eventSchema.safeParse({
		...{ eventVersion: EVENT_VERSION, incident, recordedAt: at.toISOString() },
		...{ ...told, restoredBackups },
	});
	if (record.success) return record.data;
	const [issue] = record.error.issues;
	throw new ConfigurationError(
		`The event cannot be recorded: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`,
		{ hint: 'Correct that field.' },
	);
}

/** Later records add to earlier ones; nobody may turn a drill into an incident, or time around. */
function assertAgrees(record: EventRecord, earlier: readonly EventRecord[]): void {
	const [first] = earlier;
	if (first === undefined) return;
	const before = mergeEvents(earlier);
	if (before.kind !== record.kind) {
		throw new ConfigurationError(
			`${record.incident} is recorded as ${before.kind}, not as ${record.kind}.`,
			{ hint: 'Correct the kind, or give another incident ID.' },
		);
	}
	const { instants } = mergeEvents([...earlier, record]);
	// What contradicts itself already is reported; it must not keep anybody from recording more.
	if (before.conflicts.length === 0) assertInstants(instants, new Date(record.recordedAt));
}

async function earlierRecords(
	repository: Repository,
	name: string,
	warnings: string[],
	signal: AbortSignal | undefined,
): Promise<EventRecord[]> {
	let found: Catalogue;
	try {
		found = await listBackups(repository, { component: EVENT_COMPONENT, name }, signal);
	} catch (error) {
		// A directory that is not there yet is made by the first backup; what is really out of order
		// says so again when the record is written.
		if (!(error instanceof StoreError)) throw error;
		warnings.push(`Earlier records could not be compared: ${reasonOf(error)}`);
		return [];
	}
	for (const { store, reason } of found.unavailable) {
		warnings.push(`Earlier records in ${store} could not be compared: ${reason}`);
	}
	const { records, problems } = await readEvents(repository, found.backups, MOST_EARLIER, signal);
	warnings.push(...problems);
	return records;
}

async function write(
	repository: Repository,
	record: EventRecord,
	at: Date,
	{ signal, n8n }: { signal?: AbortSignal; n8n?: Manifest['n8n'] },
	warnings: string[],
): Promise<Pick<Manifest, 'id' | 'storedIn'>> {
	const body = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
	if (body.length > LARGEST_EVENT) {
		throw new ConfigurationError('The event is larger than 1 MB.', {
			hint: 'Keep large files with Store File, and name their IDs here.',
		});
	}
	const id = createBackupId(record.incident, at);
	try {
		return await writeBackup(
			repository,
			{
				...{ component: EVENT_COMPONENT, name: record.incident, id, n8n },
				...{ consistencyPoint: at, startedAt: at, extension: 'json' },
				compression: { algorithm: 'none' },
				estimatedBytes: body.length,
				source: {
					stream: Readable.from([body], { objectMode: false }),
					complete: async () => ({
						engine: tool,
						source: { serverVersion: '', properties: {} },
						options: {},
						warnings: [],
					}),
				},
				howToRestore: (decode) => [`${decode} > ${id}.json`],
			},
			signal,
		);
	} catch (error) {
		if (!(error instanceof PartialBackupError)) throw error;
		warnings.push(error.message);
		return { id, storedIn: [...error.storedIn] };
	}
}

function generatedName(kind: string, at: Date): string {
	const [day, time = ''] = at.toISOString().split('T');
	return `${kind}-${day}-${time.slice(0, 8).replaceAll(':', '')}`;
}
