/**
 * Keeps the end of a stream back: hands chunks on, whole and as they came, once so many bytes have come
 * behind them.
 */
export class HeldBack {
	private chunks: Buffer[] = [];
	private length = 0;

	constructor(private readonly bytes: number) {}

	/** The chunks that are not part of the end any more. */
	push(chunk: Buffer): Buffer[] {
		this.chunks.push(chunk);
		this.length += chunk.length;
		let certain = 0;
		for (const { length } of this.chunks) {
			if (this.length - length < this.bytes) break;
			this.length -= length;
			certain++;
		}
		return this.chunks.splice(0, certain);
	}

	/** Whether these are the last bytes that came; no more of them than are held back. */
	endsWith(bytes: Buffer): boolean {
		let end = bytes.length;
		for (let at = this.chunks.length - 1; at >= 0 && end > 0; at--) {
			const chunk = this.chunks[at] as Buffer;
			const start = Math.max(0, end - chunk.length);
			if (!chunk.subarray(start - end).equals(bytes.subarray(start, end))) return false;
			end = start;
		}
		return end === 0;
	}

	/** What is held, in one piece, and not held any more. */
	takeAll(): Buffer {
		const [first = Buffer.alloc(0), ...others] = this.chunks.splice(0);
		this.length = 0;
		return others.length === 0 ? first : Buffer.concat([first, ...others]);
	}
}
