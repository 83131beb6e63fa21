import { malformed } from './malformed';
import type { ArchiveEvent } from './parser';
import type { TocEntry } from './toc';

const DATA_BLOCK = 1;
const LARGE_OBJECTS_BLOCK = 3;
const INTEGER_BYTES = 5;
/** pg_dump writes a row, or a part of a large object, per chunk; no value exceeds 1 GB of text. */
const MAX_CHUNK_BYTES = 2 ** 31 - 1;

const enum Expect {
	Block,
	EntryId,
	LargeObject,
	Length,
	Bytes,
}

/**
 * Walks the data blocks behind the table of contents. Rows come as one length-prefixed chunk each,
 * so the loop is synchronous and gathers the chunks of one push into a single event per block.
 */
export class DataBlocks {
	private expect = Expect.Block;
	private readonly entries: readonly TocEntry[];
	/** Index in `entries` of the block at hand, or of the next one. */
	private next = 0;
	private blockType = 0;
	private left = 0;
	private integerSign = 0;
	private integerValue = 0;
	private integerRead = 0;

	/** Takes the data of one push, again and again; undefined where consumers keep what they get. */
	private scratch: Buffer | undefined;

	/** @param reuse the data of events is valid until the next push only, which spares the memory */
	constructor(entries: readonly TocEntry[], reuse: boolean) {
		if (reuse) this.scratch = Buffer.alloc(0);
		this.entries = entries.filter((entry) => entry.hadData);
	}

	/** Appends to `events` what `chunk` completes. Throws `IntegrityError` at the first wrong byte. */
	push(chunk: Buffer, events: ArchiveEvent[]): void {
		const gathered = this.room(chunk.length);
		let start = 0;
		let end = 0;
		const flush = () => {
			if (end > start) events.push({ type: 'data', chunk: gathered.subarray(start, end) });
			start = end;
		};
		let at = 0;
		while (at < chunk.length) {
			if (this.expect === Expect.Bytes) {
				const run = Math.min(this.left, chunk.length - at);
				chunk.copy(gathered, end, at, at + run);
				end += run;
				at += run;
				this.left -= run;
				if (this.left === 0) this.expect = Expect.Length;
				continue;
			}
			if (this.expect === Expect.Block) {
				this.startBlock(chunk[at++]);
				continue;
			}
			at = this.readInteger(chunk, at);
			if (this.integerRead < INTEGER_BYTES) return flush();
			this.integerRead = 0;
			if (this.expect === Expect.Length && this.integerValue > 0) this.startBytes();
			else {
				flush();
				this.onInteger(events);
			}
		}
		flush();
	}

	/** Throws `IntegrityError` when the bytes ended in a block or before the last one. */
	end(): void {
		const entry = this.entries[this.next];
		if (entry) throw malformed(`it ends before all data of ${describe(entry)} was there`);
	}

	private room(bytes: number): Buffer {
		if (this.scratch === undefined) return Buffer.allocUnsafe(bytes);
		if (this.scratch.length < bytes) this.scratch = Buffer.allocUnsafeSlow(bytes);
		return this.scratch;
	}

	private startBlock(type: number | undefined): void {
		const entry = this.entries[this.next];
		if (!entry) throw malformed('there are bytes behind its end');
		const wanted = entry.kind === 'BLOBS' ? LARGE_OBJECTS_BLOCK : DATA_BLOCK;
		if (type !== wanted) throw malformed(`the data of ${describe(entry)} is not where it belongs`);
		this.blockType = wanted;
		this.expect = Expect.EntryId;
	}

	private startBytes(): void {
		if (this.integerSign !== 0 || this.integerValue > MAX_CHUNK_BYTES) {
			throw malformed(`a length in the data of ${describe(this.current())} is impossible`);
		}
		this.left = this.integerValue;
		this.expect = Expect.Bytes;
	}

	private onInteger(events: ArchiveEvent[]): void {
		const entry = this.current();
		switch (this.expect) {
			case Expect.EntryId:
				if (this.integerSign !== 0 || this.integerValue !== entry.id) {
					throw malformed(`the data of ${describe(entry)} is missing or out of order`);
				}
				events.push({ type: 'block', entry });
				this.expect = this.blockType === LARGE_OBJECTS_BLOCK ? Expect.LargeObject : Expect.Length;
				break;
			case Expect.LargeObject:
				if (this.integerValue === 0) this.endBlock(entry, events);
				else {
					// An OID above 2^31 was written as a negative C int.
					const signed = this.integerSign === 0 ? this.integerValue : -this.integerValue;
					events.push({ type: 'large-object', oid: signed >>> 0 });
					this.expect = Expect.Length;
				}
				break;
			default:
				if (this.blockType === LARGE_OBJECTS_BLOCK) this.expect = Expect.LargeObject;
				else this.endBlock(entry, events);
		}
	}

	private endBlock(entry: TocEntry, events: ArchiveEvent[]): void {
		events.push({ type: 'block-end', entry });
		this.next++;
		this.expect = Expect.Block;
	}

	/** Reads as much of an integer as `chunk` has; `integerRead` tells whether it is complete. */
	private readInteger(chunk: Buffer, from: number): number {
		if (this.integerRead === 0 && chunk.length - from >= INTEGER_BYTES) {
			this.integerSign = chunk[from] ?? 0;
			this.integerValue = chunk.readUInt32LE(from + 1);
			this.integerRead = INTEGER_BYTES;
			return from + INTEGER_BYTES;
		}
		let at = from;
		while (at < chunk.length && this.integerRead < INTEGER_BYTES) {
			const byte = chunk[at++] ?? 0;
			if (this.integerRead === 0) {
				this.integerSign = byte;
				this.integerValue = 0;
			} else this.integerValue += byte * 2 ** (8 * (this.integerRead - 1));
			this.integerRead++;
		}
		return at;
	}

	private current(): TocEntry {
		const entry = this.entries[this.next];
		if (!entry) throw malformed('there are bytes behind its end');
		return entry;
	}
}

function describe(entry: TocEntry): string {
	if (entry.kind === 'BLOBS') return 'the large objects';
	return entry.schema ? `table ${entry.schema}.${entry.tag}` : `${entry.kind} ${entry.tag}`;
}
