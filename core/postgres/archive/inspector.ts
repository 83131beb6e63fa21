import { Transform, type TransformCallback } from 'node:stream';
import { CopyData, countRows } from './copy-data';
import { malformed } from './malformed';
import { type ArchiveEvent, ArchiveParser } from './parser';
import type { ArchiveToc, TocEntry } from './toc';

/** What a complete archive holds. */
export interface ArchiveSummary extends ArchiveToc {
	/** Every table with a data block, in the order of the archive, with the rows that it holds. */
	readonly tables: readonly { schema: string; name: string; rows: number }[];
	/** Large objects that the data blocks hold. */
	readonly largeObjects: number;
}

/**
 * Passes an archive through unchanged and checks it on the way: every entry with data must be there
 * exactly once, in order and complete, with nothing behind it. Fails with `IntegrityError` (damaged)
 * or `ConfigurationError` (not a kind of archive that is read here) instead of ending.
 */
export class ArchiveInspector extends Transform {
	private readonly parser = new ArchiveParser(true);
	private toc: ArchiveToc | undefined;
	private table: { data: CopyData; rows: number } | undefined;
	private readonly tables: { schema: string; name: string; rows: number }[] = [];
	private largeObjects = 0;
	private complete = false;

	/** What was found; throws before the stream has ended well. */
	get summary(): ArchiveSummary {
		if (!this.toc || !this.complete) throw new Error('The archive has not been read to its end');
		return { ...this.toc, tables: this.tables, largeObjects: this.largeObjects };
	}

	override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
		try {
			for (const event of this.parser.push(chunk)) this.inspect(event);
		} catch (error) {
			done(error as Error);
			return;
		}
		done(null, chunk);
	}

	override _flush(done: TransformCallback): void {
		try {
			this.parser.end();
			this.complete = true;
		} catch (error) {
			done(error as Error);
			return;
		}
		done();
	}

	private inspect(event: ArchiveEvent): void {
		switch (event.type) {
			case 'toc':
				this.toc = event.toc;
				break;
			case 'block':
				if (event.entry.kind !== 'BLOBS') this.startTable(event.entry);
				break;
			case 'large-object':
				this.largeObjects++;
				break;
			case 'data':
				if (this.table) {
					for (const rows of this.table.data.push(event.chunk)) this.table.rows += countRows(rows);
				}
				break;
			case 'block-end':
				if (this.table) this.endTable(event.entry, this.table);
		}
	}

	private startTable(entry: TocEntry): void {
		// Without a COPY statement the rows are INSERT statements, which cannot be counted.
		if (!entry.copy) throw malformed(`table ${entry.schema ?? ''}.${entry.tag} has no COPY rows`);
		this.table = { data: new CopyData(entry), rows: 0 };
	}

	private endTable(entry: TocEntry, table: { data: CopyData; rows: number }): void {
		table.data.end();
		this.tables.push({ schema: entry.schema ?? '', name: entry.tag, rows: table.rows });
		this.table = undefined;
	}
}
