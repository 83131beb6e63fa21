import { malformed } from './malformed';
import type { TocEntry } from './toc';

/** What pg_dump puts behind the rows of every table: the end marker of COPY and two empty lines. */
const TERMINATOR = Buffer.from('\\.\n\n\n');

/** Cuts the COPY terminator off the rows of one table, wherever the chunks happen to end. */
export class CopyData {
	private held: Buffer = Buffer.alloc(0);

	constructor(private readonly entry: TocEntry) {}

	/** The rows in `chunk`, less the last bytes, which may belong to the terminator. */
	push(chunk: Buffer): Buffer {
		const bytes = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
		const cut = Math.max(0, bytes.length - TERMINATOR.length);
		this.held = bytes.subarray(cut);
		return bytes.subarray(0, cut);
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
