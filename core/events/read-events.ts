import { z } from 'zod';
import { IntegrityError } from '../errors';
import { cancelled } from '../repository/cancellation';
import type { CatalogueEntry } from '../repository/catalogue';
import { EVENT_COMPONENT } from '../repository/keys';
import type { BackupRef } from '../repository/manifest-file';
import { openPayload } from '../repository/read-backup';
import { sentencesOf } from '../repository/reason';
import type { Repository } from '../repository/repository';
import { firstThatWorks } from '../repository/store-choice';
import { EVENT_VERSION, eventSchema, type EventRecord } from './event';

/** Of the JSON of one record, in bytes. */
export const LARGEST_EVENT = 1024 * 1024;

/** As many are read at once. */
const AT_ONCE = 8;

const versioned = z.looseObject({ eventVersion: z.int() });

/** The records that could be read, and what is wrong with the others. */
export interface EventsRead {
	records: EventRecord[];
	/** A sentence about each record that exists and could not be read. */
	problems: string[];
	/** Records beyond the limit, the oldest ones, that nobody looked at. */
	notRead: number;
}

/**
 * Reads the newest of the records among `backups`, at most `limit`, each from the first store that has
 * it whole. A record that is damaged, locked or of a newer version is named among the problems.
 * Rejects with `CancelledError`.
 */
export async function readEvents(
	repository: Repository,
	backups: readonly CatalogueEntry[],
	limit: number,
	signal?: AbortSignal,
): Promise<EventsRead> {
	const all = backups.filter((entry) => entry.component === EVENT_COMPONENT && entry.committed);
	const chosen = all.slice(0, limit);
	const result: EventsRead = { records: [], problems: [], notRead: all.length - chosen.length };
	for (let at = 0; at < chosen.length; at += AT_ONCE) {
		const read = chosen.slice(at, at + AT_ONCE).map((entry) => attempt(repository, entry, signal));
		for (const found of await Promise.all(read)) {
			if (typeof found === 'string') result.problems.push(found);
			else result.records.push(found);
		}
	}
	return result;
}

/** The record, or a sentence about what is wrong with it. */
async function attempt(
	repository: Repository,
	entry: BackupRef,
	signal: AbortSignal | undefined,
): Promise<EventRecord | string> {
	try {
		return await readEvent(repository, entry, signal);
	} catch (error) {
		if (signal?.aborted) throw cancelled('Reading the records of drills and incidents');
		return `The record ${entry.id} of a drill or incident could not be read: ${sentencesOf(error)}`;
	}
}

async function readEvent(
	repository: Repository,
	ref: BackupRef,
	signal: AbortSignal | undefined,
): Promise<EventRecord> {
	return await firstThatWorks(
		repository.stores,
		async ({ label }) => {
			const { stream } = await openPayload(repository, ref, {
				store: label,
				...(signal && { signal }),
			});
			const chunks: Buffer[] = [];
			let bytes = 0;
			for await (const chunk of stream as AsyncIterable<Buffer>) {
				bytes += chunk.length;
				if (bytes > LARGEST_EVENT) throw malformed(ref, 'it is too large');
				chunks.push(chunk);
			}
			return parseEvent(Buffer.concat(chunks).toString('utf8'), ref);
		},
		signal,
	);
}

function parseEvent(text: string, ref: BackupRef): EventRecord {
	let json: unknown;
	try {
		json = JSON.parse(text);
	} catch {
		throw malformed(ref, 'it is not JSON');
	}
	const head = versioned.safeParse(json);
	if (head.success && head.data.eventVersion > EVENT_VERSION) {
		throw malformed(ref, 'a newer version of this software wrote it', 'Update this package.');
	}
	const parsed = eventSchema.safeParse(json);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		throw malformed(ref, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
	}
	if (parsed.data.incident !== ref.name) throw malformed(ref, 'it belongs to another incident');
	return parsed.data;
}

function malformed(
	{ id }: BackupRef,
	why: string,
	hint = 'Record the times again, from another source.',
): IntegrityError {
	return new IntegrityError(`The content of ${id} is not as it should be: ${why}.`, { hint });
}
