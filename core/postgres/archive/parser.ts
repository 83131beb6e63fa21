import { ByteFeed } from './byte-feed';
import { DataBlocks } from './data-blocks';
import { malformed } from './malformed';
import { readToc } from './read-toc';
import type { ArchiveToc, TocEntry } from './toc';

/**
 * What an archive consists of, in the order of the file: one `toc`; then per entry with data a
 * `block`, its `data` (rows as COPY text, ending in the COPY terminator) and a `block-end`. In a block
 * of kind `BLOBS` every `large-object` is followed by its own `data`.
 */
export type ArchiveEvent =
	| { type: 'toc'; toc: ArchiveToc }
	| { type: 'block'; entry: TocEntry }
	| { type: 'large-object'; oid: number }
	| { type: 'data'; chunk: Buffer }
	| { type: 'block-end'; entry: TocEntry };

/**
 * Reads an uncompressed custom-format archive of pg_dump, version 1.14 to 1.16, pushed in chunks of
 * any size. Keeps the table of contents and no more than one chunk in memory, and never waits for
 * anything. Throws `IntegrityError` where the bytes cannot be an archive that pg_dump finished, and
 * `ConfigurationError` for versions, formats and compression it does not read.
 */
export class ArchiveParser {
	private readonly head = new ByteFeed(readToc());
	private blocks: DataBlocks | undefined;

	/** @param reuse the data of events is valid until the next push only, which spares the memory */
	constructor(private readonly reuse = false) {}

	/** The events that `chunk` completes. Their data is a copy; `chunk` is not kept. */
	push(chunk: Buffer): ArchiveEvent[] {
		const events: ArchiveEvent[] = [];
		if (this.blocks) {
			this.blocks.push(chunk, events);
			return events;
		}
		const head = this.head.push(chunk);
		if (!head) return events;
		events.push({ type: 'toc', toc: head.result });
		this.blocks = new DataBlocks(head.result.entries, this.reuse);
		this.blocks.push(head.rest, events);
		return events;
	}

	/** To be called after the last byte; throws `IntegrityError` unless the archive is complete. */
	end(): void {
		if (!this.blocks) throw malformed('it ends within its table of contents');
		this.blocks.end();
	}
}
