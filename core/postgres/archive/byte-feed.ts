/** A reader that asks for so many bytes with `yield` and is given exactly those. */
export type ByteReader<T> = Generator<number, T, Buffer>;

/** Feeds a `ByteReader` from chunks of any size, keeping no more than it asked for plus one chunk. */
export class ByteFeed<T> {
	private pending: Buffer[] = [];
	private available = 0;
	private step: IteratorResult<number, T>;

	constructor(private readonly reader: ByteReader<T>) {
		this.step = reader.next(Buffer.alloc(0));
	}

	/** Returns undefined until the reader is done, then its result and the bytes it did not want. */
	push(chunk: Buffer): { result: T; rest: Buffer } | undefined {
		this.available += chunk.length;
		if (!this.step.done && this.available < this.step.value) {
			this.keep(chunk);
			return undefined;
		}
		const bytes = this.pending.length === 0 ? chunk : Buffer.concat([...this.pending, chunk]);
		this.pending = [];
		let at = 0;
		while (!this.step.done && bytes.length - at >= this.step.value) {
			const wanted = bytes.subarray(at, at + this.step.value);
			at += wanted.length;
			this.step = this.reader.next(wanted);
		}
		const rest = bytes.subarray(at);
		if (this.step.done) return { result: this.step.value, rest };
		this.keep(rest);
		this.available = rest.length;
		return undefined;
	}

	/** As a copy: whoever pushed the chunk may use its memory again. */
	private keep(bytes: Buffer): void {
		if (bytes.length > 0) this.pending.push(Buffer.from(bytes));
	}
}
