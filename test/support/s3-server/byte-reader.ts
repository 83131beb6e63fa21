import { invalidRequest } from './s3-error';

const MAX_LINE_BYTES = 8 * 1024;

/** Reads lines and exact numbers of bytes from a stream. */
export class ByteReader {
	private readonly source: AsyncIterator<Buffer>;
	private buffered = Buffer.alloc(0);

	constructor(source: AsyncIterable<Buffer>) {
		this.source = source[Symbol.asyncIterator]();
	}

	/** The next line without its CRLF. */
	async line(): Promise<string> {
		let end = this.buffered.indexOf('\r\n');
		while (end < 0) {
			if (this.buffered.length > MAX_LINE_BYTES || !(await this.more())) {
				throw invalidRequest('The framing of the body cannot be read.');
			}
			end = this.buffered.indexOf('\r\n');
		}
		const line = this.buffered.toString('latin1', 0, end);
		this.buffered = this.buffered.subarray(end + 2);
		return line;
	}

	async exactly(bytes: number): Promise<Buffer> {
		const pieces: Buffer[] = [];
		let missing = bytes;
		while (missing > 0) {
			if (this.buffered.length === 0 && !(await this.more())) {
				throw invalidRequest('The body ends in the middle of a chunk.');
			}
			const piece = this.buffered.subarray(0, missing);
			pieces.push(piece);
			missing -= piece.length;
			this.buffered = this.buffered.subarray(piece.length);
		}
		return Buffer.concat(pieces);
	}

	async ended(): Promise<boolean> {
		return this.buffered.length === 0 && !(await this.more());
	}

	private async more(): Promise<boolean> {
		const next = await this.source.next();
		if (next.done) return false;
		this.buffered = Buffer.concat([this.buffered, next.value]);
		return true;
	}
}
