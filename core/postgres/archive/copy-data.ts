import { malformed } from './malformed';
import type { TocEntry } from './toc';

/** What pg_dump puts behind the rows of every table: the end marker of COPY and two empty lines. */
const TERMINATOR = Buffer.from('\\.\n\n\n');

/** Cuts the COPY terminator off the rows of one table, wherever the chunks happen to end. */
export class CopyData {
	private held: Buffer = Buffer.alloc(0);

	constructor(private readonly entry: TocEntry) {}

	/** The rows in `chunk`, less the last bytes, which may belong to the terminator; none is empty. */
	push(chunk: Buffer): Buffer[] {
		// What was held back is handed on by itself, as putting it before the chunk would copy all of it.
		const isShort = chunk.length < TERMINATOR.length;
		const parts = isShort ? [Buffer.concat([this.held, chunk])] : [this.held, chunk];
		const last = parts.at(-1) ?? chunk;
		const cut = Math.max(0, last.length - TERMINATOR.length);
		// A copy, for the chunk may be used again for the next one.
		this.held = Buffer.from(last.subarray(cut));
		return [...parts.slice(0, -1), last.subarray(0, cut)].filter(({ length }) => length > 0);
	}

	/** Throws `IntegrityError` when the rows did not end in the terminator. */
	end(): void {
		if (this.held.equals(TERMINATOR)) return;
		throw malformed(
			`the rows of table ${this.entry.schema ?? ''}.${this.entry.tag} have no proper end`,
		);
	}
}

/** Rows in COPY text: one line each, for a line feed within a value is written as `\n`. */
export function countRows(rows: Buffer): number {
	let count = 0;
	for (let at = rows.indexOf(10); at !== -1; at = rows.indexOf(10, at + 1)) count++;
	return count;
}
