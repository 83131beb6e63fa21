import { HeldBack } from '../held-back';

/** How the server says where the RDB file ends. */
export type TransferEnd = { kind: 'length'; bytes: number } | { kind: 'mark'; mark: Buffer };

const MARK_BYTES = 40;

/** Reads the line in front of a transfer; nothing where it is no such line. */
export function parseTransferLine(line: string): TransferEnd | undefined {
	const mark = /^\$EOF:(.{40})$/s.exec(line)?.[1];
	if (mark !== undefined) return { kind: 'mark', mark: Buffer.from(mark, 'latin1') };
	const length = /^\$(\d{1,15})$/.exec(line)?.[1];
	return length === undefined ? undefined : { kind: 'length', bytes: Number(length) };
}

/** Finds the end of the RDB file in what the server sends. */
export class TransferBoundary {
	private received = 0;
	private readonly held = new HeldBack(MARK_BYTES);
	private ended = false;

	constructor(private readonly end: TransferEnd) {}

	/** Whether the file has come to its end. */
	get complete(): boolean {
		return this.ended;
	}

	/**
	 * What of the file has come for sure, mostly the chunks as they came; with a mark, the last ones
	 * wait until something comes behind them.
	 */
	push(chunk: Buffer): Buffer[] {
		return this.end.kind === 'length'
			? [this.upToLength(chunk, this.end.bytes)]
			: this.upToMark(chunk, this.end.mark);
	}

	private upToLength(chunk: Buffer, total: number): Buffer {
		const wanted = chunk.subarray(0, total - this.received);
		this.received += wanted.length;
		this.ended = this.received === total;
		return wanted;
	}

	/**
	 * The server stays silent behind the mark. So it is looked for only at the end of what has come: it
	 * cannot be mistaken for data, and may come in pieces.
	 */
	private upToMark(chunk: Buffer, mark: Buffer): Buffer[] {
		const certain = this.held.push(chunk);
		if (!this.held.endsWith(mark)) return certain;
		this.ended = true;
		return [...certain, this.held.takeAll().subarray(0, -MARK_BYTES)];
	}
}
