const LINE_FEED = 0x0a;

/** Cuts a stream of bytes into lines. Memory: the longest line. */
export class LineSplitter {
	private parts: Buffer[] = [];

	/** The lines that end in this chunk, without their line feed. */
	push(chunk: Buffer): Buffer[] {
		const lines: Buffer[] = [];
		let start = 0;
		for (let end: number; (end = chunk.indexOf(LINE_FEED, start)) !== -1; start = end + 1) {
			lines.push(Buffer.concat([...this.parts.splice(0), chunk.subarray(start, end)]));
		}
		if (start < chunk.length) this.parts.push(chunk.subarray(start));
		return lines;
	}

	/** Whether something stands behind the last line feed. */
	get isInLine(): boolean {
		return this.parts.length > 0;
	}
}
