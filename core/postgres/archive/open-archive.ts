import type { Readable } from 'node:stream';
import { malformed } from './malformed';
import { type ArchiveEvent, ArchiveParser } from './parser';
import type { ArchiveToc } from './toc';

/** An archive of which the table of contents is known and the data is still to come. */
export interface OpenArchive {
	readonly toc: ArchiveToc;
	/** The data, to be read once; ends only behind a complete archive. */
	readonly events: AsyncIterable<Exclude<ArchiveEvent, { type: 'toc' }>>;
}

/**
 * Reads an archive up to its data. Rejects with `IntegrityError` where it is damaged, with
 * `ConfigurationError` where it is of a kind that is not read here, and with what `archive` failed
 * with; so does reading the data. Who does not read that to its end destroys `archive`.
 */
export async function openArchive(archive: Readable): Promise<OpenArchive> {
	const all = events(archive);
	const first = await all.next();
	if (first.done || first.value.type !== 'toc') throw malformed('it has no table of contents');
	return { toc: first.value.toc, events: dataOf(all) };
}

async function* events(archive: Readable): AsyncGenerator<ArchiveEvent> {
	const parser = new ArchiveParser();
	for await (const chunk of archive as AsyncIterable<Buffer>) yield* parser.push(chunk);
	parser.end();
}

async function* dataOf(
	all: AsyncIterable<ArchiveEvent>,
): AsyncGenerator<Exclude<ArchiveEvent, { type: 'toc' }>> {
	for await (const event of all) {
		if (event.type === 'toc') throw malformed('it has two tables of contents');
		yield event;
	}
}
